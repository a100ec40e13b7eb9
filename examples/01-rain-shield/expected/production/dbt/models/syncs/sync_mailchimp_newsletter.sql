{{ config(
    alias='SYNC_MAILCHIMP_NEWSLETTER',
    enabled=true
) }}

-- mailchimp.newsletter
select
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    coalesce(dbt_valid_to, dbt_valid_from) as CHANGED_AT,
    dbt_valid_to is not null as REMOVED
from {{ ref('snap_mailchimp__newsletter') }}
where EMAIL is not null
qualify row_number() over (
    partition by EMAIL
    order by case when dbt_valid_to is null then 0 else 1 end, dbt_valid_from desc, dbt_valid_to desc
) = 1
