/*
 * statistics: what SQLite's planner knows of the queue's tables.
 *
 * ANALYZE, which an application may run (PRAGMA optimize does), notes how many rows a table has.
 * Of a table with one row SQLite 3.46 and newer believe that a walk through all of it costs
 * nothing, and go on believing that, whatever the table grows to. What was noted of a small table
 * is therefore removed: without it SQLite takes every table for a large one.
 */
#ifndef BELFRY_COMMON_STATISTICS_H
#define BELFRY_COMMON_STATISTICS_H

#include <sqlite3.h>

#include "common/reason.h"

/* Forgets what ANALYZE has noted of those of the queue's tables that had fewer than a thousand rows
 * then. Other tables in the file are left alone. Returns 0, also if there was nothing to forget, or
 * -1 with the reason. Writes only if there is something, also within a transaction. */
int statistics_forget_small(sqlite3 *db, struct reason *why);

#endif
