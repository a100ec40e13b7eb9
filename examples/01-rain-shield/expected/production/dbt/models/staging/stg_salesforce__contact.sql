{{ config(
    alias='STG_SALESFORCE__CONTACT'
) }}

{%- set raw_types = tapestry_raw_types(source('salesforce', 'Contact')) %}

with typed as (
    -- salesforce.Contact
    select
        {{ tapestry_column('ID', 'text', raw_types) }} as ID,
        {{ tapestry_column('EMAIL', 'email', raw_types) }} as EMAIL,
        {{ tapestry_column('FIRSTNAME', 'text', raw_types) }} as FIRSTNAME,
        {{ tapestry_column('ISDELETED', 'boolean', raw_types) }} as ISDELETED,
        {{ tapestry_column('LASTNAME', 'text', raw_types) }} as LASTNAME,
        {{ tapestry_column('SYSTEMMODSTAMP', 'timestamp', raw_types) }} as SYSTEMMODSTAMP
    from {{ source('salesforce', 'Contact') }} as R
)

select
    ID,
    EMAIL,
    FIRSTNAME,
    ISDELETED,
    LASTNAME,
    SYSTEMMODSTAMP
from typed
-- deleted_when: IsDeleted
where not coalesce(ISDELETED, false)
