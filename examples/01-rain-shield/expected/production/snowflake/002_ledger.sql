-- The ledger of what was run.

-- id: create/schema/RAIN_SHIELD.TAPESTRY
-- as: RAIN_SHIELD_DEPLOY
-- why: Holds the ledger, and what governs the data: rules, tags, policies.
CREATE SCHEMA IF NOT EXISTS RAIN_SHIELD.TAPESTRY WITH MANAGED ACCESS COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/table/RAIN_SHIELD.TAPESTRY.LEDGER
-- as: RAIN_SHIELD_DEPLOY
-- why: What was started, done or failed, by whom, and how it is taken back: an apply that stopped goes on from here.
CREATE TABLE IF NOT EXISTS RAIN_SHIELD.TAPESTRY.LEDGER (
  STATEMENT_ID VARCHAR NOT NULL,
  DIGEST VARCHAR NOT NULL,
  STATUS VARCHAR NOT NULL,
  ERROR VARCHAR,
  RUN_AS VARCHAR NOT NULL,
  RUN_BY VARCHAR NOT NULL,
  UNDO VARCHAR,
  PLAN VARCHAR,
  DETAIL VARCHAR,
  STARTED_AT TIMESTAMP_TZ NOT NULL,
  FINISHED_AT TIMESTAMP_TZ
) COMMENT = 'tapestry-ci: rain-shield (production)';
