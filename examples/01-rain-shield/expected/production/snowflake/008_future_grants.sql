-- Who may do what on tables and views that are not there yet.

-- id: grant/select-on-future-tables/schema/RAIN_SHIELD.RAW_SALESFORCE/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt reads this source's raw tables.
GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_SALESFORCE TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/select-on-future-tables/schema/RAIN_SHIELD.RAW_ZOOM/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt reads this source's raw tables.
GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/select-on-future-tables/schema/RAIN_SHIELD.AIRBYTE_INTERNAL/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: A table that Airbyte swaps or renames into a raw schema takes the grants with it that it was born with here. Without USAGE on this schema it cannot be read here.
GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.AIRBYTE_INTERNAL TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/select-on-future-views/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt makes the sync views anew on every run.
GRANT SELECT ON FUTURE VIEWS IN SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_READER;

-- id: grant/references-on-future-views/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_PLAN
-- as: RAIN_SHIELD_DEPLOY
-- why: A plan sees which sync views there are, and no row of them.
GRANT REFERENCES ON FUTURE VIEWS IN SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_PLAN;
