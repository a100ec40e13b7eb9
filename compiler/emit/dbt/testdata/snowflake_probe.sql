{# Not part of the project: writes into the log, a line each, what the macros
   for Snowflake make of every type that a raw column can have. #}
{% macro probe(kind, text) %}
    {%- do log('probe ' ~ kind ~ ': ' ~ ' '.join(text.split()), info=true) %}
{% endmacro %}

{% macro snowflake_probe() %}
    {%- set raw_types = ['VARCHAR', 'NUMBER(38,0)', 'NUMBER(10,4)', 'NUMBER(20,2)', 'FLOAT', 'BOOLEAN', 'DATE', 'TIME', 'TIMESTAMP_TZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_NTZ', 'VARIANT', 'OBJECT', 'ARRAY', ''] %}
    {%- set types = ['text', 'email', 'integer', 'number', 'number(12,2)', 'float', 'boolean', 'date', 'timestamp', 'timestamp_ntz', 'json'] %}
    {%- for type in types %}
        {%- for raw_type in raw_types %}
            {%- do probe(raw_type ~ ' to ' ~ type, snowflake__tapestry_cast('R.C', type, raw_type)) %}
            {%- do probe(raw_type ~ ' at a path to ' ~ type, snowflake__tapestry_nested('R.C', ["it's", 'a\\b'], type, raw_type)) %}
        {%- endfor %}
        {%- for from in types %}
            {%- do probe('our ' ~ from ~ ' to ' ~ type, snowflake__tapestry_convert('R.C', from, type)) %}
        {%- endfor %}
        {%- do probe('null as ' ~ type, 'cast(null as ' ~ snowflake__tapestry_sql_type(type) ~ ')') %}
    {%- endfor %}
    {%- do probe('copy', tapestry_copy('DB.RAW_X."Odd"', 'DB.LANDING.STAGE', "airbyte/RAW_X/it's/", 'DB.LANDING.JSON',
        [['ID', 'id', 'integer'], ['"ORDER"', "it's", 'timestamp'], ['M', 'm', 'json'], ['T', 't', 'text']])) %}
{% endmacro %}
