-- Roles, and who stands above whom.

-- id: create/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt: reads raw tables, writes models, snapshots and sync views.
CREATE ROLE IF NOT EXISTS RAIN_SHIELD_TRANSFORMER COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: grant/role/RAIN_SHIELD_TRANSFORMER/to/role/RAIN_SHIELD_DEPLOY
-- as: RAIN_SHIELD_DEPLOY
-- why: The deploy role can act as it, and administrators above see what it owns.
GRANT ROLE RAIN_SHIELD_TRANSFORMER TO ROLE RAIN_SHIELD_DEPLOY;

-- id: create/role/RAIN_SHIELD_READER
-- as: RAIN_SHIELD_DEPLOY
-- why: The sync engine: reads sync views and nothing else.
CREATE ROLE IF NOT EXISTS RAIN_SHIELD_READER COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: grant/role/RAIN_SHIELD_READER/to/role/RAIN_SHIELD_DEPLOY
-- as: RAIN_SHIELD_DEPLOY
-- why: The deploy role can act as it, and administrators above see what it owns.
GRANT ROLE RAIN_SHIELD_READER TO ROLE RAIN_SHIELD_DEPLOY;
