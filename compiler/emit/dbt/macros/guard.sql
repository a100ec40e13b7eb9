{# Rows that say why a sync must not run: each stops the sync's snapshot, which
   stands behind this test in `dbt build`, and so leaves its view as it was.

   The snapshot is looked up by name. A ref() would put the test behind it.

   streams: the raw tables that the segment comes from, each with the stream's name.
   One that had rows in an earlier run (SEEN_STREAMS, looked up by name as well)
   and has none now lets nobody be removed: a source that answers with nothing is
   more often broken than empty. max_removals: 100% in the file takes this away.

   limits: min_rows, max_removals, max_removals_percent; negative is no limit.
   A removal that somebody has looked at and allowed is let through once by
     dbt build --vars '{allow_removals: [mailchimp.newsletter]}' #}
{% macro tapestry_guard(sync, segment, snapshot_schema, snapshot_name, keys, seen_schema, streams, limits) %}
{%- set snapshot = adapter.get_relation(database=target.database, schema=snapshot_schema, identifier=snapshot_name) if execute else none %}
{%- set seen = adapter.get_relation(database=target.database, schema=seen_schema, identifier='SEEN_STREAMS') if execute and streams else none %}
{%- set allowed = sync in var('allow_removals', []) %}
with segment as (
    select count(*) as ROWS_FOUND
    from {{ segment }}
),

members as (
    select
    {%- if snapshot is none %}
        0 as ROWS_FOUND,
        0 as LEAVING
    {%- else %}
        count(*) as ROWS_FOUND,
        count(case when S.{{ keys[0] }} is null then 1 end) as LEAVING
    from {{ snapshot }} as M
    left join {{ segment }} as S
        on {% for key in keys %}{{ ' and ' if not loop.first }}S.{{ key }} = M.{{ key }}{% endfor %}
    where M.dbt_valid_to is null
    {%- endif %}
),

broken as (
    select
        'min_rows' as GUARD,
        'the segment has ' || cast(segment.ROWS_FOUND as VARCHAR) || ' rows, and min_rows is {{ limits.min_rows }}' as REASON
    from segment
    where segment.ROWS_FOUND < {{ limits.min_rows }}
    {%- if limits.max_removals >= 0 and not allowed %}
    union all
    select
        'max_removals' as GUARD,
        cast(members.LEAVING as VARCHAR) || ' of ' || cast(members.ROWS_FOUND as VARCHAR)
            || ' members would be removed, and max_removals is {{ limits.max_removals }}' as REASON
    from members
    where members.LEAVING > {{ limits.max_removals }}
    {%- endif %}
    {%- if limits.max_removals_percent >= 0 and not allowed %}
    union all
    select
        'max_removals' as GUARD,
        cast(members.LEAVING as VARCHAR) || ' of ' || cast(members.ROWS_FOUND as VARCHAR)
            || ' members would be removed, and max_removals is {{ limits.max_removals_percent }}%' as REASON
    from members
    where members.LEAVING * 100 > members.ROWS_FOUND * {{ limits.max_removals_percent }}
    {%- endif %}
    {%- if seen is not none and not allowed %}
    {%- for stream, table in streams %}
    union all
    select
        'empty_source' as GUARD,
        '{{ stream | replace("'", "''") }} has no rows, and it had some; ' || cast(members.LEAVING as VARCHAR) || ' of '
            || cast(members.ROWS_FOUND as VARCHAR) || ' members would be removed' as REASON
    from members
    where
        members.LEAVING > 0
        and not exists (select 1 from {{ table }})
        and exists (select 1 from {{ seen }} as SEEN where SEEN.STREAM = '{{ stream | replace("'", "''") }}')
    {%- endfor %}
    {%- endif %}
)

select *
from broken
{% endmacro %}

{# Says at the end of a run what each broken guard found, so that nobody has to
   look into a table for it. #}
{% macro tapestry_report_guards(results) %}
    {%- for result in results if execute and result.status == 'fail' and result.node.name.startswith('guard_') %}
        {%- for row in run_query('select GUARD, REASON from ' ~ result.node.relation_name ~ ' order by GUARD') %}
            {%- do log(result.node.name ~ ' stopped its sync: ' ~ row[1], info=true) %}
        {%- endfor %}
    {%- endfor %}
{% endmacro %}
