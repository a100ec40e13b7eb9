{# value has the Snowflake type raw_type, or '' where it is not known. #}
{% macro snowflake__tapestry_cast(value, type, raw_type) -%}
    {%- set kind = type.split('(')[0] -%}
    {%- if kind in ('text', 'email') -%}
        {{ value if raw_type == 'VARCHAR' else 'cast(' ~ value ~ ' as VARCHAR)' }}
    {%- elif kind == 'json' -%}
        {{ snowflake__tapestry_to_json(value, raw_type) }}
    {%- elif kind in ('integer', 'number') -%}
        {{ snowflake__tapestry_to_number(value, type, raw_type) }}
    {%- elif kind in ('timestamp', 'timestamp_ntz') -%}
        {{ snowflake__tapestry_to_timestamp(value, kind, raw_type) }}
    {%- elif kind == 'date' and raw_type == 'TIMESTAMP_TZ' -%}
        cast(convert_timezone('UTC', {{ value }}) as DATE)
    {%- elif kind == 'date' and raw_type in ('TIMESTAMP_NTZ', 'TIMESTAMP_LTZ') -%}
        cast({{ value }} as DATE)
    {%- elif raw_type in {'float': ['FLOAT'], 'boolean': ['BOOLEAN'], 'date': ['DATE']}[kind] -%}
        {{ value }}
    {%- elif kind == 'float' and raw_type.startswith('NUMBER') -%}
        cast({{ value }} as DOUBLE)
    {%- else -%}
        {{ snowflake__tapestry_from_text(value, type, raw_type) }}
    {%- endif -%}
{%- endmacro %}

{% macro snowflake__tapestry_from_text(value, type, raw_type) -%}
    {%- set text = value if raw_type == 'VARCHAR' else 'cast(' ~ value ~ ' as VARCHAR)' -%}
    try_cast({{ text }} as {{ snowflake__tapestry_sql_type(type) }})
{%- endmacro %}

{# A number that is too big is NULL too. A FLOAT does not go through text. #}
{% macro snowflake__tapestry_to_number(value, type, raw_type) -%}
    {%- set sql_type = snowflake__tapestry_sql_type(type) -%}
    {%- set to = tapestry_digits(sql_type) -%}
    {%- set from = tapestry_digits(raw_type) -%}
    {%- if from == to -%}
        {{ value }}
    {%- elif raw_type.startswith('NUMBER') and from.before <= to.before and from.after <= to.after -%}
        cast({{ value }} as {{ sql_type }})
    {%- elif raw_type == 'FLOAT' -%}
        case when abs(round({{ value }}, {{ to.after }})) < 1e{{ to.before }} then cast({{ value }} as {{ sql_type }}) end
    {%- else -%}
        {{ snowflake__tapestry_from_text(value, type, raw_type) }}
    {%- endif -%}
{%- endmacro %}

{# Digits before and after the point of NUMBER(12,2). #}
{% macro tapestry_digits(sql_type) %}
    {%- if '(' not in sql_type -%}{{ return({}) }}{%- endif -%}
    {%- set size = sql_type.split('(')[1].split(')')[0].split(',') -%}
    {{ return({'before': size[0] | int - size[1] | int, 'after': size[1] | int}) }}
{% endmacro %}

{# Instants are given in UTC. Where no zone is said, UTC is meant, whatever the
   session's time zone. #}
{% macro snowflake__tapestry_to_timestamp(value, kind, raw_type) -%}
    {%- set utc -%}
        {%- if raw_type in ('TIMESTAMP_TZ', 'TIMESTAMP_LTZ') -%}
            convert_timezone('UTC', {{ value }})
        {%- elif raw_type in ('TIMESTAMP_NTZ', 'DATE') -%}
            to_timestamp_tz(to_varchar(cast({{ value }} as TIMESTAMP_NTZ), 'YYYY-MM-DD HH24:MI:SS.FF9') || ' +00:00', 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')
        {%- else -%}
            {%- set text = value if raw_type == 'VARCHAR' else 'cast(' ~ value ~ ' as VARCHAR)' -%}
            convert_timezone('UTC', nvl(try_cast({{ text }} || '+00:00' as TIMESTAMP_TZ), try_cast({{ text }} as TIMESTAMP_TZ)))
        {%- endif -%}
    {%- endset -%}
    {%- if kind == 'timestamp' -%}
        {{ utc }}
    {%- elif raw_type in ('TIMESTAMP_NTZ', 'DATE') -%}
        cast({{ value }} as TIMESTAMP_NTZ)
    {%- else -%}
        cast({{ utc }} as TIMESTAMP_NTZ)
    {%- endif -%}
{%- endmacro %}

{% macro snowflake__tapestry_to_json(value, raw_type) -%}
    {%- if raw_type == 'VARIANT' -%}
        strip_null_value({{ value }})
    {%- elif raw_type == 'VARCHAR' -%}
        strip_null_value(try_parse_json({{ value }}))
    {%- else -%}
        to_variant({{ value }})
    {%- endif -%}
{%- endmacro %}

{% macro snowflake__tapestry_nested(column, path, type, raw_type) -%}
    {%- set json = {'VARIANT': column, 'OBJECT': column, 'VARCHAR': 'try_parse_json(' ~ column ~ ')'}.get(raw_type, 'to_variant(' ~ column ~ ')') -%}
    {{ snowflake__tapestry_cast(tapestry_at(json, path), type, 'VARIANT') }}
{%- endmacro %}

{# The value at a path, NULL where there is none. #}
{% macro tapestry_at(json, path) %}
    {%- set found = [json] -%}
    {%- for key in path -%}
        {%- do found.append("['" ~ key | replace('\\', '\\\\') | replace("'", "\\'") ~ "']") -%}
    {%- endfor -%}
    {{ return(found | join('')) }}
{% endmacro %}

{% macro snowflake__tapestry_convert(expression, from, type) -%}
    {%- set names = {
        'text': 'VARCHAR', 'email': 'VARCHAR', 'integer': 'NUMBER(38,0)', 'number': 'NUMBER(38,9)', 'float': 'FLOAT', 'boolean': 'BOOLEAN',
        'date': 'DATE', 'timestamp': 'TIMESTAMP_TZ', 'timestamp_ntz': 'TIMESTAMP_NTZ', 'json': 'VARIANT'
    } -%}
    {{ snowflake__tapestry_cast(expression, type, names[from] if from in names else from | upper) }}
{%- endmacro %}
