-- One row an address, although one person may be several customers at Stripe: the name
-- is that of the customer who changed last.
with named as (
    select
        id,
        lower(trim(email)) as email,
        trim(name) as name,
        row_number() over (
            partition by lower(trim(email)) order by updated desc, id asc
        ) as place
    from {{ ref('stg_stripe__customers') }}
    where email is not null and trim(email) <> ''
),

paid as (
    select
        named.email,
        sum(payments.amount) as lifetime_value,
        count(payments.id) as payments
    from named
    left join {{ ref('payments') }} as payments on named.id = payments.customer
    group by named.email
)

select
    named.email,
    case when position(' ' in named.name) > 0 then split_part(named.name, ' ', 1) end as first_name,
    nullif(trim(substr(named.name, position(' ' in named.name) + 1)), '') as last_name,
    cast(coalesce(paid.lifetime_value, 0) as decimal(12, 2)) as lifetime_value,
    paid.payments,
    coalesce(support_load.open_tickets, 0) as open_tickets
from named
inner join paid on named.email = paid.email
left join {{ ref('support_load') }} as support_load on named.email = support_load.email
where named.place = 1
