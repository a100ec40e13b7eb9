{{ config(
    severity='warn'
) }}

{%- set raw_types = tapestry_raw_types(source('salesforce', 'Contact')) %}

with counted as (
    select
        'IsDeleted' as COLUMN_NAME,
        'boolean' as DECLARED_TYPE,
        count(*) as VALUES_LOST
    from {{ source('salesforce', 'Contact') }} as R
    where {{ tapestry_column('ISDELETED', 'text', raw_types) }} is not null
      and {{ tapestry_column('ISDELETED', 'boolean', raw_types) }} is null
    union all
    select
        'SystemModstamp' as COLUMN_NAME,
        'timestamp' as DECLARED_TYPE,
        count(*) as VALUES_LOST
    from {{ source('salesforce', 'Contact') }} as R
    where {{ tapestry_column('SYSTEMMODSTAMP', 'text', raw_types) }} is not null
      and {{ tapestry_column('SYSTEMMODSTAMP', 'timestamp', raw_types) }} is null
)

select *
from counted
where VALUES_LOST > 0
