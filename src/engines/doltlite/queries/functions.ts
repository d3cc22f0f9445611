/*
 * What a query may call: SQLite's functions that only compute from their arguments, or give the time or chance. Left out are
 * those of the engine (dolt_…), those that load code, write a log, or tell of the connection, and those of virtual tables.
 */
const NAMES = `
  -> ->> abs char coalesce concat concat_ws format glob hex if ifnull iif instr length like likelihood likely lower ltrim max min
  nullif octet_length printf quote random randomblob replace round rtrim sign soundex substr substring subtype trim typeof unhex
  unicode unistr unistr_quote unlikely upper zeroblob
  acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power radians sin
  sinh sqrt tan tanh trunc
  date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp
  avg count group_concat string_agg sum total median percentile percentile_cont percentile_disc
  cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
  json json_array json_array_insert json_array_length json_error_position json_extract json_group_array json_group_object
  json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid
  jsonb jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch
  jsonb_remove jsonb_replace jsonb_set
`

export const FUNCTIONS: ReadonlySet<string> = new Set(NAMES.split(/\s+/))

/** Virtual tables that only compute. */
export const TABLE_FUNCTIONS: readonly string[] = ['json_each', 'json_tree']
