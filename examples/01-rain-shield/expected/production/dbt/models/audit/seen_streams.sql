{{ config(
    alias='SEEN_STREAMS',
    materialized='table'
) }}

{# The streams that ever had a row, for the guards. #}
{%- set before = adapter.get_relation(database=this.database, schema=this.schema, identifier=this.identifier) if execute else none %}
{%- if before is not none %}
select STREAM
from {{ before }}
union
{%- endif %}
select min('salesforce.Contact') as STREAM
from {{ source('salesforce', 'Contact') }}
having count(*) > 0
union
select min('zoom.webinar_registrants') as STREAM
from {{ source('zoom', 'webinar_registrants') }}
having count(*) > 0
