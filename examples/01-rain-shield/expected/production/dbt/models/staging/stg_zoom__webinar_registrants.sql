{{ config(
    alias='STG_ZOOM__WEBINAR_REGISTRANTS'
) }}

{%- set raw_types = tapestry_raw_types(source('zoom', 'webinar_registrants')) %}

with typed as (
    -- zoom.webinar_registrants
    select
        {{ tapestry_column('EMAIL', 'email', raw_types) }} as EMAIL,
        {{ tapestry_column('FIRST_NAME', 'text', raw_types) }} as FIRST_NAME,
        {{ tapestry_column('ID', 'text', raw_types) }} as ID,
        {{ tapestry_column('LAST_NAME', 'text', raw_types) }} as LAST_NAME
    from {{ source('zoom', 'webinar_registrants') }} as R
)

select
    EMAIL,
    FIRST_NAME,
    ID,
    LAST_NAME
from typed
