/*
 * What a query may call: Dolt's functions that only compute from their arguments, or give the time or chance. Left out are
 * those that read files (load_file), wait or lock (sleep, get_lock), tell of the server, the user or the connection, and
 * Dolt's own (active_branch, dolt_hashof, …).
 */
const NAMES = `
  abs acos adddate any_value ascii asin atan atan2 avg bin bin_to_uuid bit_and bit_count bit_length bit_or bit_xor cast ceil
  ceiling char char_length character_length charset coalesce coercibility collation compress concat concat_ws conv convert
  convert_tz cos cot count crc32 cume_dist curdate current_date current_time current_timestamp curtime date date_add date_format
  date_sub datediff datetime day dayname dayofmonth dayofweek dayofyear degrees dense_rank distance elt exp export_set extract
  field find_in_set first first_value floor format from_base64 from_days from_unixtime from_vector geomcollection
  geometrycollection get_format greatest group_concat grouping hex hour if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert
  instr is_binary is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid isnull json_array json_array_append json_array_insert
  json_arrayagg json_contains json_contains_path json_depth json_extract json_insert json_keys json_length json_merge
  json_merge_patch json_merge_preserve json_object json_objectagg json_overlaps json_pretty json_quote json_remove json_replace
  json_schema_valid json_schema_validation_report json_search json_set json_storage_free json_storage_size json_type
  json_unquote json_valid json_value lag last last_day last_value lcase lead least left length linestring ln localtime
  localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate maketime max md5 microsecond mid min minute mod month
  monthname multilinestring multipoint multipolygon now nth_value ntile nullif oct octet_length ord percent_rank period_add
  period_diff pi point polygon position pow power quarter quote radians rand random_bytes rank regexp_instr regexp_like
  regexp_replace regexp_substr repeat replace reverse right round row_number rpad rtrim sec_to_time second sha sha1 sha2 sign sin
  soundex space sqrt st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_dimension st_distance st_endpoint st_equals
  st_geomcollfromtext st_geomcollfromtxt st_geomcollfromwkb st_geometrycollectionfromtext st_geometrycollectionfromwkb
  st_geometryfromtext st_geometryfromwkb st_geomfromgeojson st_geomfromtext st_geomfromwkb st_intersects st_isclosed st_latitude
  st_length st_linefromtext st_linefromwkb st_linestringfromtext st_linestringfromwkb st_longitude st_mlinefromtext
  st_mlinefromwkb st_mpointfromtext st_mpointfromwkb st_mpolyfromtext st_mpolyfromwkb st_multilinestringfromtext
  st_multilinestringfromwkb st_multipointfromtext st_multipointfromwkb st_multipolygonfromtext st_multipolygonfromwkb
  st_perimeter st_pointfromtext st_pointfromwkb st_polyfromtext st_polyfromwkb st_polygonfromtext st_polygonfromwkb st_srid
  st_startpoint st_swapxy st_within st_x st_y std stddev stddev_pop stddev_samp str_to_date strcmp string_to_vector subdate substr
  substring substring_index subtime sum sysdate tan time time_format time_to_sec timediff timestamp timestampadd timestampdiff
  to_base64 to_days to_seconds to_vector trim truncate ucase uncompress uncompressed_length unhex unix_timestamp upper utc_date
  utc_time utc_timestamp uuid uuid_short uuid_to_bin validate_password_strength values var_pop var_samp variance vec_distance
  vec_distance_cosine vec_distance_euclidean vec_distance_l2_squared vec_fromtext vec_totext vector_to_string week weekday
  weekofyear weight_string year yearweek
`

/** Words of the language, and types, that a bracket may follow. */
const WORDS = `
  against all and any as between both by case columns contains distinct div else end escape except exists filter from groups
  having in intersect interval is join leading like limit match not offset on or over partition range recursive regexp rlike row rows select some
  straight_join then trailing union using when where with xor
  binary bit bool boolean dec decimal double fixed float int integer nchar numeric real signed unsigned varbinary varchar
`

export const FUNCTIONS: ReadonlySet<string> = new Set(NAMES.split(/\s+/))
export const BEFORE_BRACKETS: ReadonlySet<string> = new Set(WORDS.split(/\s+/))

/** Functions whose arguments have the word FROM between them. */
export const FROM_INSIDE: ReadonlySet<string> = new Set(['extract', 'trim', 'substring', 'substr', 'mid'])
