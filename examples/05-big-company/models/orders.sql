with every_order as (
    select
        'shop' as origin,
        cast(id as varchar) as order_id,
        email,
        cast(total_price as decimal(12, 2)) as amount,
        currency,
        cast(updated_at as timestamp) as changed_at
    from {{ ref('stg_shopify__orders') }}

    union all

    select
        'erp' as origin,
        order_no as order_id,
        customer_email as email,
        total as amount,
        currency,
        changed_at
    from {{ ref('stg_erp__orders') }}
)

select * from every_order
{% if is_incremental() %}
where changed_at >= (select coalesce(max(changed_at), timestamp '1970-01-01 00:00:00') from {{ this }})
{% endif %}
