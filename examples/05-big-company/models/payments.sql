select
    charges.id,
    lower(trim(customers.email)) as email,
    cast((charges.amount_captured - charges.amount_refunded) / 100.0 as decimal(12, 2)) as amount,
    charges.updated
from {{ ref('stg_stripe__charges') }} as charges
inner join {{ ref('stg_stripe__customers') }} as customers on charges.customer = customers.id
where charges.status = 'succeeded'
{% if is_incremental() %}
    and charges.updated >= (select coalesce(max(updated), 0) from {{ this }})
{% endif %}
