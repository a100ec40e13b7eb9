select
    lower(trim(users.email)) as email,
    count(*) as tickets,
    count(case when tickets.status in ('new', 'open', 'pending', 'hold') then 1 end) as open_tickets
from {{ ref('stg_zendesk__tickets') }} as tickets
inner join {{ ref('stg_zendesk__users') }} as users on tickets.requester_id = users.id
where users.email is not null and tickets.status <> 'deleted'
group by lower(trim(users.email))
