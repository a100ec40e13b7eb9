{{ config(
    alias='AUDIT_PEOPLE'
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
),

inputs as (
    select
        1 as TAPESTRY_INPUT,
        'salesforce.Contact' as INPUT_NAME,
        count(*) as ROWS_IN,
        count(case when EMAIL <> '' then null else 1 end) as ROWS_DROPPED
    from input_1
    union all
    select
        2 as TAPESTRY_INPUT,
        'zoom.webinar_registrants' as INPUT_NAME,
        count(*) as ROWS_IN,
        count(case when EMAIL <> '' then null else 1 end) as ROWS_DROPPED
    from input_2
),

kept as (
    select
        TAPESTRY_INPUT,
        count(*) as ROWS_OUT
    from placed
    where TAPESTRY_PLACE = 1
    group by TAPESTRY_INPUT
)

select
    inputs.INPUT_NAME,
    inputs.ROWS_IN,
    inputs.ROWS_DROPPED,
    inputs.ROWS_IN - inputs.ROWS_DROPPED - coalesce(kept.ROWS_OUT, 0) as ROWS_MERGED,
    coalesce(kept.ROWS_OUT, 0) as ROWS_OUT
from inputs
left join kept on kept.TAPESTRY_INPUT = inputs.TAPESTRY_INPUT
