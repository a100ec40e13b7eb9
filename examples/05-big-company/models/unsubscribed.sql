select distinct lower(trim(email_address)) as email
from {{ ref('stg_mailchimp__list_members') }}
where status in ('unsubscribed', 'cleaned') and email_address is not null
