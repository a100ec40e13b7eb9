-- Schemas, and who owns them.

-- id: create/schema/RAIN_SHIELD.RAW_SALESFORCE
-- as: RAIN_SHIELD_DEPLOY
-- why: Raw data of one source.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.RAW_SALESFORCE WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: own/schema/RAIN_SHIELD.RAW_SALESFORCE
-- as: RAIN_SHIELD_DEPLOY
-- why: Airbyte renames and swaps finished tables into it, which only the owner of a managed schema may do.
GRANT OWNERSHIP ON SCHEMA RAIN_SHIELD.RAW_SALESFORCE TO ROLE RAIN_SHIELD_LOADER COPY CURRENT GRANTS;

-- id: create/schema/RAIN_SHIELD.RAW_ZOOM
-- as: RAIN_SHIELD_DEPLOY
-- why: Raw data of one source.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.RAW_ZOOM WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: own/schema/RAIN_SHIELD.RAW_ZOOM
-- as: RAIN_SHIELD_DEPLOY
-- why: Airbyte renames and swaps finished tables into it, which only the owner of a managed schema may do.
GRANT OWNERSHIP ON SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_LOADER COPY CURRENT GRANTS;

-- id: create/schema/RAIN_SHIELD.AIRBYTE_INTERNAL
-- as: RAIN_SHIELD_DEPLOY
-- why: Airbyte builds tables here before it puts them into a raw schema.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.AIRBYTE_INTERNAL WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: own/schema/RAIN_SHIELD.AIRBYTE_INTERNAL
-- as: RAIN_SHIELD_DEPLOY
-- why: Airbyte renames and swaps finished tables into it, which only the owner of a managed schema may do.
GRANT OWNERSHIP ON SCHEMA RAIN_SHIELD.AIRBYTE_INTERNAL TO ROLE RAIN_SHIELD_LOADER COPY CURRENT GRANTS;

-- id: create/schema/RAIN_SHIELD.ANALYTICS
-- as: RAIN_SHIELD_DEPLOY
-- why: Models.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.ANALYTICS WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/schema/RAIN_SHIELD.SNAPSHOTS
-- as: RAIN_SHIELD_DEPLOY
-- why: What each sync sent, and when a row came, changed or went.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.SNAPSHOTS WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/schema/RAIN_SHIELD.SYNCS
-- as: RAIN_SHIELD_DEPLOY
-- why: Sync views: all that the sync engine can see.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.SYNCS WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';
