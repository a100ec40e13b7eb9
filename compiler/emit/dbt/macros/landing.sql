{# Loads the files that Airbyte wrote for one stream and that were not loaded
   yet. The table holds the record as it came, so that a column that is declared
   later finds its older values too. #}
{% macro tapestry_load_stream(table, stage, path, file_format, overwrite) %}
    {%- do run_query(tapestry_create_landed(table)) %}
    {%- do run_query(tapestry_copy_landed(table, stage, path, file_format)) %}
    {%- if overwrite %}
        {%- do run_query(tapestry_drop_old_refreshes(table)) %}
    {%- endif %}
{% endmacro %}

{% macro tapestry_create_landed(table) %}
create table if not exists {{ table }} (
    _AIRBYTE_RAW_ID VARCHAR,
    _AIRBYTE_EXTRACTED_AT TIMESTAMP_TZ,
    _AIRBYTE_META VARIANT,
    _AIRBYTE_GENERATION_ID NUMBER(38,0),
    _AIRBYTE_DATA VARIANT
)
{% endmacro %}

{# Airbyte writes the time of extraction in milliseconds. #}
{% macro tapestry_copy_landed(table, stage, path, file_format) %}
copy into {{ table }} (_AIRBYTE_RAW_ID, _AIRBYTE_EXTRACTED_AT, _AIRBYTE_META, _AIRBYTE_GENERATION_ID, _AIRBYTE_DATA)
from (
    select
        $1:_airbyte_raw_id::VARCHAR,
        convert_timezone('UTC', to_timestamp_ltz($1:_airbyte_extracted_at::NUMBER(38,0), 3)),
        $1:_airbyte_meta,
        $1:_airbyte_generation_id::NUMBER(38,0),
        $1:_airbyte_data
    from '@{{ stage }}/{{ path }}'
)
file_format = (format_name = '{{ file_format }}')
pattern = '.*[.]jsonl([.]gz)?'
{% endmacro %}

{# A stream that is read anew each time keeps its newest refresh only. #}
{% macro tapestry_drop_old_refreshes(table) %}
delete from {{ table }}
where _AIRBYTE_GENERATION_ID < (select max(_AIRBYTE_GENERATION_ID) from {{ table }})
{% endmacro %}
