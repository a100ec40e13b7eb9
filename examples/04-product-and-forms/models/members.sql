-- The best plan of those that a person pays for now.
with paying as (
    select
        user_id,
        plan,
        row_number() over (
            partition by user_id
            order by
                case plan when 'estate' then 1 when 'garden' then 2 else 3 end asc,
                id asc
        ) as place
    from {{ ref('stg_app__subscriptions') }}
    where status in ('active', 'past_due')
)

select
    people.email,
    people.name,
    people.language,
    coalesce(people.newsletter, true) as newsletter,
    paying.plan
from {{ ref('people') }} as people
left join paying on people.user_id = paying.user_id and paying.place = 1
