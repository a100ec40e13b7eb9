-- The database.

-- id: create/database/RAIN_SHIELD
-- as: RAIN_SHIELD_DEPLOY
-- why: Everything of this pipeline is in it.
CREATE DATABASE IF NOT EXISTS RAIN_SHIELD COMMENT = 'tapestry-ci: rain-shield (production)';
