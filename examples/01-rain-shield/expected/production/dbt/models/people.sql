{{ config(
    alias='PEOPLE',
    materialized='table'
) }}

with input_1 as (
    -- salesforce.Contact
    select
        1 as TAPESTRY_INPUT,
        lower(trim(R.EMAIL, ' ' || chr(9) || chr(10) || chr(13) || chr(160))) as EMAIL,
        R.FIRSTNAME as FIRST_NAME,
        R.LASTNAME as LAST_NAME,
        R.SYSTEMMODSTAMP as TAPESTRY_ORDER_1,
        R.ID as TAPESTRY_ORDER_2
    from {{ ref('stg_salesforce__contact') }} as R
),

input_2 as (
    -- zoom.webinar_registrants
    select
        2 as TAPESTRY_INPUT,
        lower(trim(R.EMAIL, ' ' || chr(9) || chr(10) || chr(13) || chr(160))) as EMAIL,
        R.FIRST_NAME as FIRST_NAME,
        R.LAST_NAME as LAST_NAME,
        R.ID as TAPESTRY_ORDER_1
    from {{ ref('stg_zoom__webinar_registrants') }} as R
),

numbered as (
    select
        TAPESTRY_INPUT,
        EMAIL,
        FIRST_NAME,
        LAST_NAME,
        row_number() over (
            partition by EMAIL
            order by TAPESTRY_ORDER_1 desc nulls last, TAPESTRY_ORDER_2 nulls last, FIRST_NAME nulls last, LAST_NAME nulls last
        ) as TAPESTRY_POSITION
    from input_1
    where EMAIL <> ''
    union all
    select
        TAPESTRY_INPUT,
        EMAIL,
        FIRST_NAME,
        LAST_NAME,
        row_number() over (
            partition by EMAIL
            order by TAPESTRY_ORDER_1 nulls last, FIRST_NAME nulls last, LAST_NAME nulls last
        ) as TAPESTRY_POSITION
    from input_2
    where EMAIL <> ''
),

placed as (
    select
        *,
        row_number() over (
            partition by EMAIL
            order by TAPESTRY_INPUT, TAPESTRY_POSITION
        ) as TAPESTRY_PLACE
    from numbered
)

-- merge: first_row
select
    EMAIL,
    FIRST_NAME,
    LAST_NAME
from placed
where TAPESTRY_PLACE = 1
