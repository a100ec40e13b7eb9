{# Loads the files that Airbyte wrote for one stream and that were not loaded
   yet. columns are [name in the table, key in the record, type]; a value that
   does not fit its type is NULL, so that one record does not hold up a load.
   Snowflake remembers for 64 days which files it has loaded. #}
{% macro tapestry_load_stream(table, stage, path, file_format, columns) %}
    {%- do run_query(tapestry_copy(table, stage, path, file_format, columns)) %}
{% endmacro %}

{# Airbyte writes the time of extraction in milliseconds. #}
{% macro tapestry_copy(table, stage, path, file_format, columns) %}
copy into {{ table }} (
    _AIRBYTE_RAW_ID,
    _AIRBYTE_EXTRACTED_AT,
    _AIRBYTE_META,
    _AIRBYTE_GENERATION_ID
    {%- for column in columns %},
    {{ column[0] }}
    {%- endfor %}
)
from (
    select
        $1['_airbyte_raw_id']::VARCHAR,
        convert_timezone('UTC', to_timestamp_ltz($1['_airbyte_extracted_at']::NUMBER(38,0), 3)),
        $1['_airbyte_meta'],
        $1['_airbyte_generation_id']::NUMBER(38,0)
        {%- for column in columns %},
        {{ tapestry_landed(column[1], column[2]) }}
        {%- endfor %}
    from '@{{ stage | replace("'", "''") }}/{{ path | replace("'", "''") }}'
)
file_format = (format_name = '{{ file_format | replace("'", "''") }}')
pattern = '.*[.]jsonl([.]gz)?'
{% endmacro %}

{# COPY knows some functions only: those that the conversions use are among
   them, STRIP_NULL_VALUE is not. #}
{% macro tapestry_landed(key, type) -%}
    {%- set value = tapestry_at("$1['_airbyte_data']", [key]) -%}
    {{ value if type == 'json' else snowflake__tapestry_cast(value, type, 'VARIANT') }}
{%- endmacro %}
