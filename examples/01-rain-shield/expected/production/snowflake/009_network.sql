-- Where the sync engine may sign in from.

-- id: create/network-rule/RAIN_SHIELD.TAPESTRY.GROUPAROO_EGRESS
-- as: RAIN_SHIELD_DEPLOY
-- why: The addresses that the sync stack leaves from.
CREATE NETWORK RULE RAIN_SHIELD.TAPESTRY.GROUPAROO_EGRESS TYPE = IPV4 MODE = INGRESS VALUE_LIST = ('${output.foundation.EgressAddresses}') COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: create/network-policy/RAIN_SHIELD_GROUPAROO
-- as: RAIN_SHIELD_DEPLOY
-- why: Nobody else can use the token, wherever it turns up.
CREATE NETWORK POLICY IF NOT EXISTS RAIN_SHIELD_GROUPAROO ALLOWED_NETWORK_RULE_LIST = ('RAIN_SHIELD.TAPESTRY.GROUPAROO_EGRESS') COMMENT = 'tapestry-ci: rain-shield (production)';

-- id: alter/user/RAIN_SHIELD_GROUPAROO/network-policy
-- as: RAIN_SHIELD_DEPLOY
-- why: The policy holds for this user only.
ALTER USER RAIN_SHIELD_GROUPAROO SET NETWORK_POLICY = RAIN_SHIELD_GROUPAROO;
