-- A charge is a try. What succeeded counts, less what was given back; Stripe's amounts
-- are in the smallest unit of the currency.
select
    id,
    customer,
    cast((amount_captured - amount_refunded) / 100.0 as decimal(12, 2)) as amount,
    currency,
    updated
from {{ ref('stg_stripe__charges') }}
where status = 'succeeded'
{% if is_incremental() %}
    -- A refund changes the charge, and with it `updated`.
    and updated >= (select coalesce(max(updated), 0) from {{ this }})
{% endif %}
