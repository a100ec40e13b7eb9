-- Who may do what.

-- id: grant/usage/database/RAIN_SHIELD/to/role/RAIN_SHIELD_LOADER
-- as: RAIN_SHIELD_DEPLOY
-- why: It works in this database.
-- from: tapestry.yaml:14:1
GRANT USAGE ON DATABASE RAIN_SHIELD TO ROLE RAIN_SHIELD_LOADER;

-- id: grant/usage/warehouse/RAIN_SHIELD_INGEST/to/role/RAIN_SHIELD_LOADER
-- as: RAIN_SHIELD_DEPLOY
-- why: It works in this warehouse.
-- from: tapestry.yaml:14:1
GRANT USAGE ON WAREHOUSE RAIN_SHIELD_INGEST TO ROLE RAIN_SHIELD_LOADER;

-- id: grant/usage/database/RAIN_SHIELD/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: It works in this database.
-- from: tapestry.yaml:17:1
GRANT USAGE ON DATABASE RAIN_SHIELD TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/warehouse/RAIN_SHIELD_TRANSFORM/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: It works in this warehouse.
-- from: tapestry.yaml:17:1
GRANT USAGE ON WAREHOUSE RAIN_SHIELD_TRANSFORM TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/database/RAIN_SHIELD/to/role/RAIN_SHIELD_READER
-- as: RAIN_SHIELD_DEPLOY
-- why: It works in this database.
-- from: tapestry.yaml:16:1
GRANT USAGE ON DATABASE RAIN_SHIELD TO ROLE RAIN_SHIELD_READER;

-- id: grant/usage/warehouse/RAIN_SHIELD_SYNC/to/role/RAIN_SHIELD_READER
-- as: RAIN_SHIELD_DEPLOY
-- why: It works in this warehouse.
-- from: tapestry.yaml:16:1
GRANT USAGE ON WAREHOUSE RAIN_SHIELD_SYNC TO ROLE RAIN_SHIELD_READER;

-- id: grant/usage/schema/RAIN_SHIELD.RAW_SALESFORCE/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt reads this source's raw tables.
-- from: tapestry.yaml:30:1
GRANT USAGE ON SCHEMA RAIN_SHIELD.RAW_SALESFORCE TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/schema/RAIN_SHIELD.RAW_ZOOM/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt reads this source's raw tables.
-- from: tapestry.yaml:20:1
GRANT USAGE ON SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/schema/RAIN_SHIELD.ANALYTICS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT USAGE ON SCHEMA RAIN_SHIELD.ANALYTICS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/create-table/schema/RAIN_SHIELD.ANALYTICS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT CREATE TABLE ON SCHEMA RAIN_SHIELD.ANALYTICS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/create-view/schema/RAIN_SHIELD.ANALYTICS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT CREATE VIEW ON SCHEMA RAIN_SHIELD.ANALYTICS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/schema/RAIN_SHIELD.SNAPSHOTS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT USAGE ON SCHEMA RAIN_SHIELD.SNAPSHOTS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/create-table/schema/RAIN_SHIELD.SNAPSHOTS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT CREATE TABLE ON SCHEMA RAIN_SHIELD.SNAPSHOTS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/create-view/schema/RAIN_SHIELD.SNAPSHOTS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT CREATE VIEW ON SCHEMA RAIN_SHIELD.SNAPSHOTS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT USAGE ON SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/create-view/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt builds here.
-- from: tapestry.yaml:17:1
GRANT CREATE VIEW ON SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER
-- as: RAIN_SHIELD_DEPLOY
-- why: The sync engine reads sync views.
-- from: tapestry.yaml:16:1
GRANT USAGE ON SCHEMA RAIN_SHIELD.SYNCS TO ROLE RAIN_SHIELD_READER;
