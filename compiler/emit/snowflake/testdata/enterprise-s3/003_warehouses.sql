-- How big the warehouses are and when they rest.

-- id: alter/warehouse/RAIN_SHIELD_TRANSFORM
-- as: RAIN_SHIELD_DEPLOY
-- why: Size, and when it goes to sleep and gives up.
ALTER WAREHOUSE RAIN_SHIELD_TRANSFORM SET WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = 60 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 7200;

-- id: alter/warehouse/RAIN_SHIELD_SYNC
-- as: RAIN_SHIELD_DEPLOY
-- why: Size, and when it goes to sleep and gives up.
ALTER WAREHOUSE RAIN_SHIELD_SYNC SET WAREHOUSE_SIZE = 'XSMALL' AUTO_SUSPEND = 60 AUTO_RESUME = TRUE STATEMENT_TIMEOUT_IN_SECONDS = 1800;
