{{ config(
    alias='GUARD_MAILCHIMP__NEWSLETTER',
    enabled=true,
    severity='error',
    store_failures=true
) }}

{{ tapestry_guard(
    sync='mailchimp.newsletter',
    segment=ref('seg_mailchimp__newsletter'),
    snapshot_schema='SNAPSHOTS',
    snapshot_name='SNAP_MAILCHIMP__NEWSLETTER',
    keys=['EMAIL'],
    seen_schema='ANALYTICS',
    streams=[['salesforce.Contact', source('salesforce', 'Contact')], ['zoom.webinar_registrants', source('zoom', 'webinar_registrants')]],
    limits={'min_rows': 1, 'max_removals': -1, 'max_removals_percent': 50}
) }}
