{% macro default__tapestry_cast(value, type, raw_type) -%}
    {{ default__tapestry_strip_null('try_cast(' ~ value ~ ' as ' ~ default__tapestry_sql_type(type) ~ ')', type) }}
{%- endmacro %}

{% macro default__tapestry_nested(column, path, type, raw_type) -%}
    {%- set json = 'try_cast(' ~ column ~ ' as JSON)' -%}
    {%- set at = "'" ~ tapestry_json_path(path) | replace("'", "''") ~ "'" -%}
    {%- if type == 'json' -%}
        {{ default__tapestry_strip_null(json ~ ' -> ' ~ at, type) }}
    {%- else -%}
        try_cast({{ json }} ->> {{ at }} as {{ default__tapestry_sql_type(type) }})
    {%- endif -%}
{%- endmacro %}

{# The JSON value null is NULL: what says nothing must not win over what says
   something. #}
{% macro default__tapestry_strip_null(value, type) -%}
    {{ 'nullif(' ~ value ~ ", 'null')" if type == 'json' else value }}
{%- endmacro %}

{% macro default__tapestry_convert(expression, from, type) -%}
    {%- set value = expression ~ " ->> '$'" if from == 'json' and type != 'json' else expression -%}
    try_cast({{ value }} as {{ default__tapestry_sql_type(type) }})
{%- endmacro %}

{# DuckDB reads a * in a JSON path as "all keys" even inside quotes: such keys
   are given as a JSON pointer. #}
{% macro tapestry_json_path(path) %}
    {%- set keys = path | join('') -%}
    {%- if '*' in keys or '"' in keys or '\\' in keys -%}
        {%- set parts = [] -%}
        {%- for key in path -%}
            {%- do parts.append('/' ~ key | replace('~', '~0') | replace('/', '~1')) -%}
        {%- endfor -%}
        {{ return(parts | join('')) }}
    {%- endif -%}
    {{ return('$."' ~ path | join('"."') ~ '"') }}
{% endmacro %}
