-- Files in the landing bucket, and the tables that they are loaded into.

-- id: alter/integration/RAIN_SHIELD_LANDING
-- as: RAIN_SHIELD_DEPLOY
-- why: One role and one bucket, now that they are there.
-- from: tapestry.yaml:14:1
ALTER STORAGE INTEGRATION RAIN_SHIELD_LANDING SET ENABLED = TRUE STORAGE_AWS_ROLE_ARN = '${output.ingestion.LandingRoleArn}' STORAGE_ALLOWED_LOCATIONS = ('s3://${output.ingestion.LandingBucket}/');

-- id: create/file-format/RAIN_SHIELD.LANDING.LANDING_JSON
-- as: RAIN_SHIELD_DEPLOY
-- why: Airbyte writes one JSON object a line.
-- from: tapestry.yaml:14:1
CREATE FILE FORMAT IF NOT EXISTS RAIN_SHIELD.LANDING.LANDING_JSON TYPE = JSON COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/stage/RAIN_SHIELD.LANDING.LANDING
-- as: RAIN_SHIELD_DEPLOY
-- why: The landing bucket, as Snowflake sees it.
-- from: tapestry.yaml:14:1
CREATE STAGE IF NOT EXISTS RAIN_SHIELD.LANDING.LANDING URL = 's3://${output.ingestion.LandingBucket}/' STORAGE_INTEGRATION = RAIN_SHIELD_LANDING FILE_FORMAT = (FORMAT_NAME = 'RAIN_SHIELD.LANDING.LANDING_JSON') COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/stage/RAIN_SHIELD.LANDING.LANDING
-- as: RAIN_SHIELD_DEPLOY
-- why: The stage follows the bucket.
-- from: tapestry.yaml:14:1
ALTER STAGE RAIN_SHIELD.LANDING.LANDING SET URL = 's3://${output.ingestion.LandingBucket}/';

-- id: grant/usage/file-format/RAIN_SHIELD.LANDING.LANDING_JSON/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt loads from the stage.
-- from: tapestry.yaml:14:1
GRANT USAGE ON FILE FORMAT RAIN_SHIELD.LANDING.LANDING_JSON TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/usage/stage/RAIN_SHIELD.LANDING.LANDING/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt loads from the stage.
-- from: tapestry.yaml:14:1
GRANT USAGE ON STAGE RAIN_SHIELD.LANDING.LANDING TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: create/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT
-- as: RAIN_SHIELD_DEPLOY
-- why: Records of one stream, as they come.
-- from: tapestry.yaml:38:1
CREATE TABLE IF NOT EXISTS RAIN_SHIELD.RAW_SALESFORCE.CONTACT (
  _AIRBYTE_RAW_ID VARCHAR,
  _AIRBYTE_EXTRACTED_AT TIMESTAMP_TZ,
  _AIRBYTE_META VARIANT,
  _AIRBYTE_GENERATION_ID NUMBER(38,0)
) COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT/column/EMAIL
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_SALESFORCE.CONTACT ADD COLUMN IF NOT EXISTS EMAIL VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT/column/FIRSTNAME
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_SALESFORCE.CONTACT ADD COLUMN IF NOT EXISTS FIRSTNAME VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT/column/ID
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_SALESFORCE.CONTACT ADD COLUMN IF NOT EXISTS ID VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT/column/ISDELETED
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_SALESFORCE.CONTACT ADD COLUMN IF NOT EXISTS ISDELETED BOOLEAN;

-- id: alter/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT/column/LASTNAME
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_SALESFORCE.CONTACT ADD COLUMN IF NOT EXISTS LASTNAME VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_SALESFORCE.CONTACT/column/SYSTEMMODSTAMP
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_SALESFORCE.CONTACT ADD COLUMN IF NOT EXISTS SYSTEMMODSTAMP TIMESTAMP_TZ;

-- id: create/table/RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS
-- as: RAIN_SHIELD_DEPLOY
-- why: Records of one stream, as they come.
-- from: tapestry.yaml:27:1
CREATE TABLE IF NOT EXISTS RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS (
  _AIRBYTE_RAW_ID VARCHAR,
  _AIRBYTE_EXTRACTED_AT TIMESTAMP_TZ,
  _AIRBYTE_META VARIANT,
  _AIRBYTE_GENERATION_ID NUMBER(38,0)
) COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/table/RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS/column/EMAIL
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS ADD COLUMN IF NOT EXISTS EMAIL VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS/column/FIRST_NAME
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS ADD COLUMN IF NOT EXISTS FIRST_NAME VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS/column/ID
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS ADD COLUMN IF NOT EXISTS ID VARCHAR;

-- id: alter/table/RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS/column/LAST_NAME
-- as: RAIN_SHIELD_DEPLOY
-- why: A column of the stream.
-- from: tapestry.yaml:20:1
ALTER TABLE RAIN_SHIELD.RAW_ZOOM.WEBINAR_REGISTRANTS ADD COLUMN IF NOT EXISTS LAST_NAME VARCHAR;
