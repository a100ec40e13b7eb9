{# Relations are named exactly as the pipeline names them: dbt would otherwise
   put the target's schema before the configured one. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}
