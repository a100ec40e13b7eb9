with spent as (
    select email, sum(amount) as amount
    from {{ ref('payments') }}
    group by email
),

ordered as (
    select lower(trim(email)) as email, count(*) as orders
    from {{ ref('orders') }}
    where email is not null
    group by lower(trim(email))
),

planned as (
    select
        user_id,
        plan,
        row_number() over (partition by user_id order by updated_at desc, id asc) as place
    from {{ ref('stg_app__plans') }}
    where status = 'active'
)

select
    people.email,
    people.first_name,
    people.last_name,
    people.country,
    people.user_id,
    planned.plan,
    cast(coalesce(spent.amount, 0) as decimal(14, 2)) as lifetime_value,
    coalesce(ordered.orders, 0) as orders,
    coalesce(support.open_tickets, 0) as open_tickets,
    satisfaction.score,
    unsubscribed.email is null as wants_letters
from {{ ref('people') }} as people
left join planned on people.user_id = planned.user_id and planned.place = 1
left join spent on people.email = spent.email
left join ordered on people.email = ordered.email
left join {{ ref('support') }} as support on people.email = support.email
left join {{ ref('satisfaction') }} as satisfaction on people.email = satisfaction.email
left join {{ ref('unsubscribed') }} as unsubscribed on people.email = unsubscribed.email
where people.email not in (select staff.email from {{ ref('staff') }} as staff where not coalesce(staff.is_bot, false))
