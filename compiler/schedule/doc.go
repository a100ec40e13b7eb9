// Package schedule reads "every 6h" and crons of five fields, says what no cron
// can say, and writes the dialects that the services want: Quartz (Airbyte) and
// EventBridge Scheduler. It imports nothing of this module.
package schedule
