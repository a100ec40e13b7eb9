{# Safe conversions: a value that does not fit becomes NULL, and the tests named
   bad_values_... say how many did. The types are those of tapestry.yaml.

   Snowflake's TRY_CAST takes text only, and text is no way around it: a FLOAT
   written as text keeps ten digits, a timestamp three. So on Snowflake the type
   that Airbyte chose for the column is looked up, and a column that has the
   right type already is taken as it is. DuckDB's TRY_CAST takes everything. #}

{# Types of the columns of a raw table, such as VARCHAR or NUMBER(38,0); empty
   where nobody needs them. #}
{% macro tapestry_raw_types(relation) %}
    {%- set types = {} -%}
    {%- if execute and target.type == 'snowflake' -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- set digits = '(' ~ column.numeric_precision ~ ',' ~ column.numeric_scale ~ ')' if column.dtype | upper == 'NUMBER' else '' -%}
            {%- do types.update({column.name: column.dtype | upper ~ digits}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(types) }}
{% endmacro %}

{# A column of a raw table, whose alias is R, as one of our types. #}
{% macro tapestry_column(column, type, raw) -%}
    {{ adapter.dispatch('tapestry_cast')('R.' ~ column, type, tapestry_type_in(raw, column)) }}
{%- endmacro %}

{# The value at a path in a JSON column of a raw table as one of our types. #}
{% macro tapestry_nested(column, path, type, raw) -%}
    {{ adapter.dispatch('tapestry_nested')('R.' ~ column, path, type, tapestry_type_in(raw, column)) }}
{%- endmacro %}

{# An expression of one of our types as another one of them. #}
{% macro tapestry_convert(expression, from, type) -%}
    {{ adapter.dispatch('tapestry_convert')(expression, from, type) }}
{%- endmacro %}

{% macro tapestry_null(type) -%}
    cast(null as {{ adapter.dispatch('tapestry_sql_type')(type) }})
{%- endmacro %}

{# raw has stored names, columns are written as SQL: bare, or in quotes. #}
{% macro tapestry_type_in(raw, column) %}
    {%- set name = column[1:-1] | replace('""', '"') if column.startswith('"') else column -%}
    {{ return(raw.get(name, '')) }}
{% endmacro %}

{% macro default__tapestry_sql_type(type) %}
    {%- set names = {
        'text': 'VARCHAR', 'email': 'VARCHAR', 'integer': 'DECIMAL(38,0)', 'number': 'DECIMAL(38,9)', 'float': 'DOUBLE',
        'boolean': 'BOOLEAN', 'date': 'DATE', 'timestamp': 'TIMESTAMPTZ', 'timestamp_ntz': 'TIMESTAMP WITHOUT TIME ZONE', 'json': 'JSON'
    } -%}
    {{ return(names[type] if type in names else type | replace('number', 'DECIMAL')) }}
{% endmacro %}

{% macro snowflake__tapestry_sql_type(type) %}
    {%- set names = {'json': 'VARIANT', 'timestamp': 'TIMESTAMP_TZ', 'timestamp_ntz': 'TIMESTAMP_NTZ'} -%}
    {{ return(names[type] if type in names else default__tapestry_sql_type(type)) }}
{% endmacro %}
