-- Who may do what on tables and views that are not there yet.

-- id: grant/select-on-future-tables/schema/RAIN_SHIELD.RAW_SALESFORCE/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt reads this source's raw tables.
GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_SALESFORCE TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/insert-on-future-tables/schema/RAIN_SHIELD.RAW_SALESFORCE/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt loads this source's raw tables from the stage.
GRANT INSERT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_SALESFORCE TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/select-on-future-tables/schema/RAIN_SHIELD.RAW_ZOOM/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt reads this source's raw tables.
GRANT SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/insert-on-future-tables/schema/RAIN_SHIELD.RAW_ZOOM/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt loads this source's raw tables from the stage.
GRANT INSERT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/select-on-future-views/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt makes the sync views anew on every run.
GRANT SELECT ON FUTURE VIEWS IN SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_READER;

-- id: grant/references-on-future-views/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_PLAN
-- as: RAIN_SHIELD_DEPLOY
-- why: A plan sees which sync views there are, and no row of them.
GRANT REFERENCES ON FUTURE VIEWS IN SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_PLAN;
