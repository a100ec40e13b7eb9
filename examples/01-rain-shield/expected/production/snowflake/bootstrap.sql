-- Run once by an account administrator, before anything else.

-- id: use/role/ACCOUNTADMIN
-- as: ACCOUNTADMIN
-- why: The statements below need the account administrator, and nothing else does.
USE ROLE ACCOUNTADMIN;

-- id: create/role/RAIN_SHIELD_DEPLOY
-- as: ACCOUNTADMIN
-- why: Applies everything else; owns what is made.
CREATE ROLE IF NOT EXISTS RAIN_SHIELD_DEPLOY COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: grant/role/RAIN_SHIELD_DEPLOY/to/role/SYSADMIN
-- as: ACCOUNTADMIN
-- why: System administrators keep control of what the deploy role makes.
GRANT ROLE RAIN_SHIELD_DEPLOY TO ROLE SYSADMIN;

-- id: grant/create-role/account/to/role/RAIN_SHIELD_DEPLOY
-- as: ACCOUNTADMIN
-- why: It makes the roles of the loader, the transformer and the reader.
GRANT CREATE ROLE ON ACCOUNT TO ROLE RAIN_SHIELD_DEPLOY;

-- id: grant/create-user/account/to/role/RAIN_SHIELD_DEPLOY
-- as: ACCOUNTADMIN
-- why: It makes the service users.
GRANT CREATE USER ON ACCOUNT TO ROLE RAIN_SHIELD_DEPLOY;

-- id: grant/create-network-policy/account/to/role/RAIN_SHIELD_DEPLOY
-- as: ACCOUNTADMIN
-- why: It binds the token of the sync engine to its address.
GRANT CREATE NETWORK POLICY ON ACCOUNT TO ROLE RAIN_SHIELD_DEPLOY;

-- id: grant/create-database/account/to/role/RAIN_SHIELD_DEPLOY
-- as: ACCOUNTADMIN
-- why: It makes the database.
GRANT CREATE DATABASE ON ACCOUNT TO ROLE RAIN_SHIELD_DEPLOY;

-- id: create/resource-monitor/RAIN_SHIELD_MONITOR
-- as: ACCOUNTADMIN
-- why: Stops the warehouses of this pipeline when a month costs more than a warehouse that never rests.
CREATE RESOURCE MONITOR IF NOT EXISTS RAIN_SHIELD_MONITOR WITH CREDIT_QUOTA = 744 TRIGGERS ON 25 PERCENT DO NOTIFY ON 50 PERCENT DO NOTIFY ON 80 PERCENT DO NOTIFY ON 100 PERCENT DO SUSPEND;

-- id: alter/resource-monitor/RAIN_SHIELD_MONITOR/quota
-- as: ACCOUNTADMIN
-- why: Credits in a month.
ALTER RESOURCE MONITOR RAIN_SHIELD_MONITOR SET CREDIT_QUOTA = 744;

-- id: grant/monitor/resource-monitor/RAIN_SHIELD_MONITOR/to/role/RAIN_SHIELD_DEPLOY
-- as: ACCOUNTADMIN
-- why: The plan can say how much is used.
GRANT MONITOR ON RESOURCE MONITOR RAIN_SHIELD_MONITOR TO ROLE RAIN_SHIELD_DEPLOY;

-- id: create/warehouse/RAIN_SHIELD_INGEST
-- as: ACCOUNTADMIN
-- why: One warehouse for each kind of work, so that their cost can be told apart.
CREATE WAREHOUSE IF NOT EXISTS RAIN_SHIELD_INGEST WITH INITIALLY_SUSPENDED = TRUE RESOURCE_MONITOR = RAIN_SHIELD_MONITOR COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: own/warehouse/RAIN_SHIELD_INGEST
-- as: ACCOUNTADMIN
-- why: The deploy role sizes it and lets the others use it.
GRANT OWNERSHIP ON WAREHOUSE RAIN_SHIELD_INGEST TO ROLE RAIN_SHIELD_DEPLOY COPY CURRENT GRANTS;

-- id: create/warehouse/RAIN_SHIELD_TRANSFORM
-- as: ACCOUNTADMIN
-- why: One warehouse for each kind of work, so that their cost can be told apart.
CREATE WAREHOUSE IF NOT EXISTS RAIN_SHIELD_TRANSFORM WITH INITIALLY_SUSPENDED = TRUE RESOURCE_MONITOR = RAIN_SHIELD_MONITOR COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: own/warehouse/RAIN_SHIELD_TRANSFORM
-- as: ACCOUNTADMIN
-- why: The deploy role sizes it and lets the others use it.
GRANT OWNERSHIP ON WAREHOUSE RAIN_SHIELD_TRANSFORM TO ROLE RAIN_SHIELD_DEPLOY COPY CURRENT GRANTS;

-- id: create/warehouse/RAIN_SHIELD_SYNC
-- as: ACCOUNTADMIN
-- why: One warehouse for each kind of work, so that their cost can be told apart.
CREATE WAREHOUSE IF NOT EXISTS RAIN_SHIELD_SYNC WITH INITIALLY_SUSPENDED = TRUE RESOURCE_MONITOR = RAIN_SHIELD_MONITOR COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: own/warehouse/RAIN_SHIELD_SYNC
-- as: ACCOUNTADMIN
-- why: The deploy role sizes it and lets the others use it.
GRANT OWNERSHIP ON WAREHOUSE RAIN_SHIELD_SYNC TO ROLE RAIN_SHIELD_DEPLOY COPY CURRENT GRANTS;

-- id: create/user/RAIN_SHIELD_CI
-- as: ACCOUNTADMIN
-- why: The job that applies a plan.
CREATE USER IF NOT EXISTS RAIN_SHIELD_CI TYPE = SERVICE COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/user/RAIN_SHIELD_CI/identity
-- as: ACCOUNTADMIN
-- why: It signs in with GitHub's token for the environment of the apply job, for example repo:acme/pipeline:environment:production. Put that text in place of the marker.
ALTER USER RAIN_SHIELD_CI SET WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'https://token.actions.githubusercontent.com' SUBJECT = '${bootstrap.GitHubSubject}');

-- id: alter/user/RAIN_SHIELD_CI/defaults
-- as: ACCOUNTADMIN
-- why: It works as the deploy role and as no other by default.
ALTER USER RAIN_SHIELD_CI SET DEFAULT_ROLE = RAIN_SHIELD_DEPLOY DEFAULT_WAREHOUSE = RAIN_SHIELD_TRANSFORM DEFAULT_NAMESPACE = RAIN_SHIELD.TAPESTRY DEFAULT_SECONDARY_ROLES = ();

-- id: grant/role/RAIN_SHIELD_DEPLOY/to/user/RAIN_SHIELD_CI
-- as: ACCOUNTADMIN
-- why: It applies the plan.
GRANT ROLE RAIN_SHIELD_DEPLOY TO USER RAIN_SHIELD_CI;

-- id: create/role/RAIN_SHIELD_PLAN
-- as: ACCOUNTADMIN
-- why: Plans: sees what there is and changes nothing.
CREATE ROLE IF NOT EXISTS RAIN_SHIELD_PLAN COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: grant/role/RAIN_SHIELD_PLAN/to/role/SYSADMIN
-- as: ACCOUNTADMIN
-- why: System administrators keep control of it.
GRANT ROLE RAIN_SHIELD_PLAN TO ROLE SYSADMIN;

-- id: grant/monitor/resource-monitor/RAIN_SHIELD_MONITOR/to/role/RAIN_SHIELD_PLAN
-- as: ACCOUNTADMIN
-- why: The plan can say how much is used.
GRANT MONITOR ON RESOURCE MONITOR RAIN_SHIELD_MONITOR TO ROLE RAIN_SHIELD_PLAN;

-- id: create/user/RAIN_SHIELD_PLAN
-- as: ACCOUNTADMIN
-- why: The job that makes plans.
CREATE USER IF NOT EXISTS RAIN_SHIELD_PLAN TYPE = SERVICE COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/user/RAIN_SHIELD_PLAN/identity
-- as: ACCOUNTADMIN
-- why: It signs in with GitHub's token for pull requests, for example repo:acme/pipeline:pull_request. Put that text in place of the marker.
ALTER USER RAIN_SHIELD_PLAN SET WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'https://token.actions.githubusercontent.com' SUBJECT = '${bootstrap.GitHubPlanSubject}');

-- id: alter/user/RAIN_SHIELD_PLAN/defaults
-- as: ACCOUNTADMIN
-- why: It works as the role that only looks.
ALTER USER RAIN_SHIELD_PLAN SET DEFAULT_ROLE = RAIN_SHIELD_PLAN DEFAULT_WAREHOUSE = RAIN_SHIELD_TRANSFORM DEFAULT_NAMESPACE = RAIN_SHIELD.TAPESTRY DEFAULT_SECONDARY_ROLES = ();

-- id: grant/role/RAIN_SHIELD_PLAN/to/user/RAIN_SHIELD_PLAN
-- as: ACCOUNTADMIN
-- why: It makes plans.
GRANT ROLE RAIN_SHIELD_PLAN TO USER RAIN_SHIELD_PLAN;
