-- Personal data is masked for everybody who does not move it.

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TEXT
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_TEXT AS (VAL VARCHAR) RETURNS VARCHAR -> '*****' COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TEXT/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_TEXT SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE '*****' END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TEXT_BOOLEAN
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_TEXT_BOOLEAN AS (VAL BOOLEAN) RETURNS BOOLEAN -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TEXT_BOOLEAN/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_TEXT_BOOLEAN SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TEXT_JSON
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_TEXT_JSON AS (VAL VARIANT) RETURNS VARIANT -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TEXT_JSON/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_TEXT_JSON SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_NUMBER
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_NUMBER AS (VAL NUMBER) RETURNS NUMBER -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_NUMBER/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_NUMBER SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_NUMBER_FLOAT
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_NUMBER_FLOAT AS (VAL FLOAT) RETURNS FLOAT -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_NUMBER_FLOAT/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_NUMBER_FLOAT SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_DATE
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_DATE AS (VAL DATE) RETURNS DATE -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_DATE/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_DATE SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TIME
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_TIME AS (VAL TIMESTAMP_TZ) RETURNS TIMESTAMP_TZ -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TIME/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_TIME SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: create/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TIME_NTZ
-- as: RAIN_SHIELD_DEPLOY
-- why: Personal data of one type.
CREATE MASKING POLICY IF NOT EXISTS RAIN_SHIELD.TAPESTRY.MASK_TIME_NTZ AS (VAL TIMESTAMP_NTZ) RETURNS TIMESTAMP_NTZ -> NULL COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/masking-policy/RAIN_SHIELD.TAPESTRY.MASK_TIME_NTZ/body
-- as: RAIN_SHIELD_DEPLOY
-- why: The roles that move the data see it; all others, administrators too, see the mask.
ALTER MASKING POLICY RAIN_SHIELD.TAPESTRY.MASK_TIME_NTZ SET BODY -> CASE WHEN CURRENT_ROLE() IN ('RAIN_SHIELD_TRANSFORMER', 'RAIN_SHIELD_READER') THEN VAL ELSE NULL END;

-- id: grant/usage/schema/RAIN_SHIELD.TAPESTRY/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt sets the tag.
GRANT USAGE ON SCHEMA RAIN_SHIELD.TAPESTRY TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: grant/create-tag/schema/RAIN_SHIELD.TAPESTRY/to/role/RAIN_SHIELD_TRANSFORMER
-- as: RAIN_SHIELD_DEPLOY
-- why: dbt's role owns the tag. It cannot take the masking policies off it: that needs a right that only the deploy role has.
GRANT CREATE TAG ON SCHEMA RAIN_SHIELD.TAPESTRY TO ROLE RAIN_SHIELD_TRANSFORMER;

-- id: create/tag/RAIN_SHIELD.TAPESTRY.PII
-- as: RAIN_SHIELD_TRANSFORMER
-- why: Marks personal data.
CREATE TAG IF NOT EXISTS RAIN_SHIELD.TAPESTRY.PII COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_TEXT
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_TEXT;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_TEXT_BOOLEAN
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_TEXT_BOOLEAN;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_TEXT_JSON
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_TEXT_JSON;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_NUMBER
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_NUMBER;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_NUMBER_FLOAT
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_NUMBER_FLOAT;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_DATE
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_DATE;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_TIME
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_TIME;

-- id: alter/tag/RAIN_SHIELD.TAPESTRY.PII/policy/MASK_TIME_NTZ
-- as: RAIN_SHIELD_DEPLOY
-- in: RAIN_SHIELD.TAPESTRY
-- why: Whatever has the tag and is of this type is masked.
ALTER TAG RAIN_SHIELD.TAPESTRY.PII SET MASKING POLICY MASK_TIME_NTZ;

-- id: tag/schema/RAIN_SHIELD.RAW_SALESFORCE
-- as: RAIN_SHIELD_DEPLOY
-- why: Raw data, all of it: a source may send more than the file names.
ALTER SCHEMA RAIN_SHIELD.RAW_SALESFORCE SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/schema/RAIN_SHIELD.RAW_ZOOM
-- as: RAIN_SHIELD_DEPLOY
-- why: Raw data, all of it: a source may send more than the file names.
ALTER SCHEMA RAIN_SHIELD.RAW_ZOOM SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/schema/RAIN_SHIELD.SNAPSHOTS
-- as: RAIN_SHIELD_DEPLOY
-- why: Copies of what goes to destinations.
ALTER SCHEMA RAIN_SHIELD.SNAPSHOTS SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/schema/RAIN_SHIELD.SYNCS
-- as: RAIN_SHIELD_DEPLOY
-- why: What goes to destinations.
ALTER SCHEMA RAIN_SHIELD.SYNCS SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/column/RAIN_SHIELD.ANALYTICS.PEOPLE.EMAIL
-- as: RAIN_SHIELD_TRANSFORMER
-- when: RAIN_SHIELD.ANALYTICS.PEOPLE exists; again after dbt
-- why: Personal data in a model.
ALTER TABLE RAIN_SHIELD.ANALYTICS.PEOPLE MODIFY COLUMN EMAIL SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/column/RAIN_SHIELD.ANALYTICS.PEOPLE.FIRST_NAME
-- as: RAIN_SHIELD_TRANSFORMER
-- when: RAIN_SHIELD.ANALYTICS.PEOPLE exists; again after dbt
-- why: Personal data in a model.
ALTER TABLE RAIN_SHIELD.ANALYTICS.PEOPLE MODIFY COLUMN FIRST_NAME SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/column/RAIN_SHIELD.ANALYTICS.PEOPLE.LAST_NAME
-- as: RAIN_SHIELD_TRANSFORMER
-- when: RAIN_SHIELD.ANALYTICS.PEOPLE exists; again after dbt
-- why: Personal data in a model.
ALTER TABLE RAIN_SHIELD.ANALYTICS.PEOPLE MODIFY COLUMN LAST_NAME SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/column/RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER.EMAIL
-- as: RAIN_SHIELD_TRANSFORMER
-- when: RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER exists; again after dbt
-- why: Personal data in the segment of a sync.
ALTER TABLE RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER MODIFY COLUMN EMAIL SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/column/RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER.FIRST_NAME
-- as: RAIN_SHIELD_TRANSFORMER
-- when: RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER exists; again after dbt
-- why: Personal data in the segment of a sync.
ALTER TABLE RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER MODIFY COLUMN FIRST_NAME SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';

-- id: tag/column/RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER.LAST_NAME
-- as: RAIN_SHIELD_TRANSFORMER
-- when: RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER exists; again after dbt
-- why: Personal data in the segment of a sync.
ALTER TABLE RAIN_SHIELD.ANALYTICS.SEG_MAILCHIMP__NEWSLETTER MODIFY COLUMN LAST_NAME SET TAG RAIN_SHIELD.TAPESTRY.PII = 'yes';
