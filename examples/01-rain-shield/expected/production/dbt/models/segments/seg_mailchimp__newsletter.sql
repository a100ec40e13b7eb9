{{ config(
    alias='SEG_MAILCHIMP__NEWSLETTER',
    enabled=true
) }}

with chosen as (
    -- mailchimp.newsletter: rows of people
    select *
    from {{ ref('people') }}
),

mapped as (
    select
        lower(trim(chosen.EMAIL, ' ' || chr(9) || chr(10) || chr(13) || chr(160))) as EMAIL,
        chosen.FIRST_NAME as FIRST_NAME,
        chosen.LAST_NAME as LAST_NAME
    from chosen
)

select
    EMAIL,
    FIRST_NAME,
    LAST_NAME
from mapped
where EMAIL like '%_@_%._%'
qualify row_number() over (
    partition by EMAIL
    order by FIRST_NAME nulls last, LAST_NAME nulls last
) = 1
