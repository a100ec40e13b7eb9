-- Service users. They have no passwords.

-- id: create/user/RAIN_SHIELD_DBT
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt signs in with a key pair.
CREATE USER IF NOT EXISTS RAIN_SHIELD_DBT TYPE = SERVICE COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/user/RAIN_SHIELD_DBT/defaults
-- as: RAIN_SHIELD_DEPLOY
-- why: One role, and no other beside it.
ALTER USER RAIN_SHIELD_DBT SET DEFAULT_ROLE = RAIN_SHIELD_TRANSFORMER DEFAULT_WAREHOUSE = RAIN_SHIELD_TRANSFORM DEFAULT_NAMESPACE = RAIN_SHIELD.ANALYTICS DEFAULT_SECONDARY_ROLES = ();

-- id: grant/role/RAIN_SHIELD_TRANSFORMER/to/user/RAIN_SHIELD_DBT
-- as: RAIN_SHIELD_DEPLOY
-- why: All that this user may do.
GRANT ROLE RAIN_SHIELD_TRANSFORMER TO USER RAIN_SHIELD_DBT;

-- id: create/user/RAIN_SHIELD_GROUPAROO
-- as: RAIN_SHIELD_DEPLOY
-- why: The sync engine signs in with an access token, from one address.
CREATE USER IF NOT EXISTS RAIN_SHIELD_GROUPAROO TYPE = SERVICE COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/user/RAIN_SHIELD_GROUPAROO/defaults
-- as: RAIN_SHIELD_DEPLOY
-- why: One role, and no other beside it.
ALTER USER RAIN_SHIELD_GROUPAROO SET DEFAULT_ROLE = RAIN_SHIELD_READER DEFAULT_WAREHOUSE = RAIN_SHIELD_SYNC DEFAULT_NAMESPACE = RAIN_SHIELD.SYNCS DEFAULT_SECONDARY_ROLES = ();

-- id: grant/role/RAIN_SHIELD_READER/to/user/RAIN_SHIELD_GROUPAROO
-- as: RAIN_SHIELD_DEPLOY
-- why: All that this user may do.
GRANT ROLE RAIN_SHIELD_READER TO USER RAIN_SHIELD_GROUPAROO;
