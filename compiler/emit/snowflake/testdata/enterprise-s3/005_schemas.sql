-- Schemas, and who owns them.

-- id: create/schema/RAIN_SHIELD.RAW_SALESFORCE
-- as: RAIN_SHIELD_DEPLOY
-- why: Raw data of one source.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.RAW_SALESFORCE WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/schema/RAIN_SHIELD.RAW_ZOOM
-- as: RAIN_SHIELD_DEPLOY
-- why: Raw data of one source.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.RAW_ZOOM WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/schema/RAIN_SHIELD.LANDING
-- as: RAIN_SHIELD_DEPLOY
-- why: The stage that looks into the landing bucket.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.LANDING WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

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
