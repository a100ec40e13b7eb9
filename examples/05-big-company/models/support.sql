select
    lower(trim(users.email)) as email,
    count(*) as open_tickets
from {{ ref('stg_zendesk__tickets') }} as tickets
inner join {{ ref('stg_zendesk__users') }} as users on tickets.requester_id = users.id
where users.email is not null and tickets.status in ('new', 'open', 'pending', 'hold')
group by lower(trim(users.email))
