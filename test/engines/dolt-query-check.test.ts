import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkQuery } from '../../dist/engines/dolt/queries/query-check.js'
import { runs } from '../properties/runs.ts'

const known = {
  tables: ['foo', 'Bar', 'odd name', 'bar'],
  views: [
    { name: 'fine', statement: 'create view fine as select upper(a) as u from foo' },
    { name: 'reads', statement: "CREATE VIEW `reads` AS SELECT load_file('/etc/passwd') AS x" },
    { name: 'nested', statement: 'create view nested as select * from reads' },
    { name: 'round', statement: 'create view round as select * from round' },
  ],
}
const check = (sql: string) => checkQuery(sql, known)

/* Fault: load_file read any file, mysql.user and information_schema were open, INTO OUTFILE was left to the grammar. */
const REFUSED: [sql: string, named: string][] = [
  ["SELECT load_file('/etc/passwd')", 'load_file'],
  ["SELECT LOAD_FILE /* x */ ('/etc/passwd')", 'LOAD_FILE'],
  ["SELECT `load_file`('/etc/passwd')", 'load_file'],
  ["SELECT `load_file`\n-- x\n('/etc/passwd')", 'load_file'],
  ["SELECT data.load_file('/etc/passwd')", 'data.load_file'],
  ["SELECT /*!50000 load_file('/etc/passwd') */ AS x", '/*!50000'],
  ["SELECT /*M!100100 load_file('/etc/passwd') */ AS x", '/*M!'],
  ['SELECT /*! 1 */', '/*!'],
  ["SELECT 1 --' \n, load_file('x') -- '", "--'"],
  ["SELECT 1 //' \n, load_file('x') -- '", "//'"],
  ["SELECT 1 /*/' */ , load_file('x') -- '", '/*/'],
  ['SELECT "a\\"" , load_file(\'x\')', 'load_file'],
  ["SELECT 'it''s' , load_file('x')", 'load_file'],
  ["SELECT 'x' 'y' , load_file('x')", 'load_file'],
  ['SELECT x FROM (SELECT sleep(10) AS x) q', 'sleep'],
  ['SELECT benchmark(1000000, 1)', 'benchmark'],
  ["SELECT get_lock('x', 1)", 'get_lock'],
  ["SELECT is_used_lock('x')", 'is_used_lock'],
  ['SELECT connection_id()', 'connection_id'],
  ['SELECT user()', 'user'],
  ['SELECT version()', 'version'],
  ['SELECT database()', 'database'],
  ['SELECT current_user', 'CURRENT_USER'],
  ['SELECT @@version', '@@version'],
  ['SELECT @x := 1', '@x'],
  ['SELECT active_branch()', 'active_branch'],
  ["SELECT dolt_hashof('main')", 'dolt_hashof'],
  ["SELECT hashof('main')", 'hashof'],
  ["SELECT dolt_commit('-A')", 'dolt_commit'],
  ['SELECT * FROM mysql.user', 'mysql.user'],
  ['SELECT * FROM `mysql` . `user`', 'mysql.user'],
  ['SELECT * FROM foo, mysql.user', 'mysql.user'],
  ['SELECT * FROM foo JOIN mysql.user ON 1', 'mysql.user'],
  ['SELECT * FROM foo STRAIGHT_JOIN mysql.user', 'mysql.user'],
  ['SELECT * FROM (foo, mysql.user)', 'mysql.user'],
  ['SELECT * FROM ((mysql.user))', 'mysql.user'],
  ['SELECT * FROM foo WHERE a IN (SELECT user FROM mysql.user)', 'mysql.user'],
  ['SELECT (TABLE mysql.user)', 'mysql.user'],
  ['TABLE mysql.user', 'mysql.user'],
  ['SELECT 1 UNION TABLE mysql.user', 'mysql.user'],
  ['SELECT 1 UNION ALL (SELECT user FROM mysql.user)', 'mysql.user'],
  ['WITH c AS (SELECT user FROM mysql.user) SELECT * FROM c', 'mysql.user'],
  ['WITH mysql AS (SELECT 1 AS user) SELECT mysql.user FROM mysql, mysql.user', 'mysql.user'],
  ['SELECT trim(SELECT user FROM mysql.user)', 'mysql.user'],
  ['SELECT trim(both (SELECT user FROM mysql.user) FROM a) FROM foo', 'mysql.user'],
  ['SELECT extract(year FROM a) FROM foo, mysql.user', 'mysql.user'],
  ['SELECT * FROM foo USE INDEX FOR ORDER BY (i), mysql.user', 'USE'],
  ['SELECT * FROM LATERAL (SELECT * FROM mysql.user) q', 'mysql.user'],
  ['SELECT * FROM foo a LEFT JOIN (mysql.user) ON 1', 'mysql.user'],
  ['SELECT * FROM foo ORDER BY (SELECT user FROM mysql.user LIMIT 1)', 'mysql.user'],
  ['SELECT count(*) OVER (ORDER BY (SELECT user FROM mysql.user)) FROM foo', 'mysql.user'],
  ['SELECT 1 FROM dual, mysql.user', 'mysql.user'],
  ["SELECT * FROM json_table('[]', '$[*]' COLUMNS (a int PATH '$')) j, mysql.user", 'mysql.user'],
  ['SELECT * FROM information_schema.schemata', 'information_schema.schemata'],
  ['SELECT * FROM `data/main`.foo', 'data/main.foo'],
  ['SELECT `data/main`.foo.a FROM foo', 'data/main.foo.a'],
  ['SELECT * FROM other.foo', 'other.foo'],
  ['SELECT * FROM . mysql', 'mysql'],
  ['SELECT * FROM dolt_log', 'dolt_log'],
  ['SELECT * FROM `DOLT_LOG`', 'DOLT_LOG'],
  ['SELECT * FROM dolt_history_foo', 'dolt_history_foo'],
  ["SELECT * FROM dolt_diff('HEAD', 'WORKING', 'foo')", 'dolt_diff'],
  ["SELECT * FROM foo, dolt_log('main')", 'dolt_log'],
  ['WITH dolt_log AS (SELECT 1) SELECT * FROM dolt_log', 'dolt_log'],
  ['SELECT 1 FROM foo WINDOW dolt_log AS (ORDER BY a) UNION SELECT 1 FROM dolt_log', 'dolt_log'],
  ["SELECT * FROM foo AS OF 'HEAD~1'", 'AS OF'],
  ["SELECT * FROM foo as /* - */ of 'HEAD~1'", 'AS OF'],
  ["SELECT * FROM foo as# x\nof 'HEAD~1'", 'AS OF'],
  ["SELECT * FROM foo FOR SYSTEM_TIME AS OF 'HEAD~1'", 'FOR'],
  ["SELECT * FROM foo FOR VERSION AS OF 'HEAD~1'", 'FOR'],
  ['SELECT * FROM foo FOR UPDATE', 'FOR'],
  ['SELECT * FROM foo LOCK IN SHARE MODE', 'LOCK'],
  ["SELECT 'x' INTO OUTFILE '/tmp/x'", 'INTO'],
  ["SELECT * FROM (SELECT 'x' INTO DUMPFILE '/tmp/x') q", 'INTO'],
  ['SELECT 1 INTO @x', '@x'],
  ['SELECT * FROM foo PROCEDURE ANALYSE()', 'PROCEDURE'],
  ['SELECT 1; DROP TABLE foo', ';'],
  ['SELECT 1) AS q, (SELECT 2', 'bracket'],
  ['SELECT (1', 'bracket'],
  ['SELECT {fn load_file(1)}', '{fn'],
  ['SELECT * FROM {OJ foo}', '{OJ'],
  ["SELECT 'open", "'open"],
  ['SELECT 1 /* open', '/* open'],
  ['SELECT * FROM nothing', 'nothing'],
  ['SELECT * FROM reads', 'load_file'],
  ['SELECT * FROM nested', 'load_file'],
  ['SELECT * FROM round', 'round'],
  ['SELECT (1) load_file (a) FROM foo', 'load_file'],
  ['SELECT 1 FROM foo WHERE (a) load_file (b)', 'load_file'],
]

const HONEST: [sql: string, tables: string[]][] = [
  ['SELECT 1', []],
  ['SELECT * FROM foo', ['foo']],
  ['select `a`, foo.b from `foo` where a = "mysql.user" -- dolt_log', ['foo']],
  ["SELECT 'load_file(1)' AS a, \"dolt_log\", 'it\\'s', 'it''s' FROM BAR", ['Bar']],
  ['SELECT * FROM bar', ['bar']],
  ['SELECT * FROM `odd name` o', ['odd name']],
  [
    'SELECT a.id, b.* FROM foo a JOIN Bar AS b ON a.id = b.id AND a.x IN (1, 2), `odd name`',
    ['Bar', 'foo', 'odd name'],
  ],
  [
    'SELECT * FROM foo LEFT OUTER JOIN bar USING (id, b) NATURAL JOIN (`odd name`, Bar)',
    ['Bar', 'bar', 'foo', 'odd name'],
  ],
  ['SELECT * FROM (SELECT * FROM foo) AS f (a, b) JOIN LATERAL (SELECT 1 AS c) l', ['foo']],
  ['SELECT * FROM (VALUES ROW(1, 2), ROW(3, 4)) v (x, y)', []],
  ['TABLE foo', ['foo']],
  ['SELECT id FROM foo WHERE EXISTS (SELECT 1 FROM bar WHERE bar.id = foo.id) AND id NOT IN (1)', ['bar', 'foo']],
  ['WITH c (n, m) AS (SELECT 1, 2), d AS (SELECT n FROM c) SELECT * FROM d, foo', ['foo']],
  ['WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT sum(n) FROM c', []],
  ['SELECT rank() OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM foo', ['foo']],
  ['SELECT sum(a) OVER w FROM foo WINDOW w AS (PARTITION BY b)', ['foo']],
  ['SELECT a, count(DISTINCT b) FROM foo GROUP BY a HAVING count(*) > (SELECT 1) ORDER BY 2 LIMIT 1, 2', ['foo']],
  ["SELECT group_concat(a ORDER BY b SEPARATOR ', ') FROM foo", ['foo']],
  ["SELECT json_extract(a, '$.x'), a -> '$.y', a ->> '$.z' FROM foo", ['foo']],
  ["SELECT * FROM json_table('[1]', '$[*]' COLUMNS (n FOR ORDINALITY, v int PATH '$')) AS j JOIN foo", ['foo']],
  ["SELECT extract(year FROM a), trim(both 'x' FROM a), substring(a FROM 2 FOR 1) FROM foo, bar", ['bar', 'foo']],
  [
    "SELECT date_add(now(), INTERVAL 1 DAY), DATE '2020-01-01', cast(a AS decimal(10, 2)), convert(a, char(5)) FROM foo",
    ['foo'],
  ],
  ["SELECT a LIKE 'x%' ESCAPE '!', a REGEXP '^x', a RLIKE 'y', a BETWEEN (1) AND (2), NOT (a) FROM foo", ['foo']],
  [
    "SELECT CASE WHEN (a) THEN (1) ELSE (2) END, if(a, 1, 2), left(a, 1), x'ff', 0xff, b'01', 1e5, .5, 1.5e-3 FROM foo",
    ['foo'],
  ],
  ['SELECT ? + ?, id FROM foo WHERE a = ?', ['foo']],
  ['(SELECT 1) UNION (SELECT 2) EXCEPT SELECT a FROM foo', ['foo']],
  ['SELECT 1 -- x\n# y\n/* z; */ + 2', []],
  ['SELECT t.dolt_score, m.a FROM foo t, bar m', ['bar', 'foo']],
  ["SELECT 'a\\' , load_file('x') -- '", []],
  ['SELECT * FROM fine', ['foo']],
  ['SELECT 1 FROM dual', []],
]

describe("what a Dolt query's text may have", () => {
  test.for(REFUSED)('refused: %s', ([sql, named]) => {
    const { forbidden } = check(sql)
    expect(forbidden).toBeDefined()
    expect(JSON.stringify(forbidden)).toContain(JSON.stringify(named).slice(1, -1))
  })

  test.for(HONEST)('allowed: %s', ([sql, tables]) => {
    expect(check(sql)).toEqual({ tables, forbidden: undefined })
  })

  test('however it is hidden in an honest query', () => {
    const space = fc.constantFrom(' ', '\n', '\t', '/**/', "/* ; ' */", '-- " \n', '# ` \n', ' /* -- */ ')
    const attack = fc.constantFrom(
      "load_file('x')",
      '(SELECT u FROM mysql.user)',
      '(SELECT 1 FROM dolt_log)',
      'sleep(1)',
    )
    const quote = fc.boolean()
    const cell = fc.string({ unit: 'grapheme-ascii' }).map((text) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`)
    const shape = fc.constantFrom(
      (evil: string, text: string, s: string) => `SELECT${s}${text},${s}${evil}${s}FROM${s}foo`,
      (evil: string, text: string, s: string) => `SELECT a FROM foo WHERE${s}a = ${text}${s}AND b =${s}${evil}`,
      (evil: string, text: string, s: string) => `SELECT concat(${text},${s}${evil})${s}FROM foo, bar`,
      (evil: string, text: string, s: string) => `WITH c AS (SELECT ${text} AS t,${s}${evil} AS u) SELECT * FROM${s}c`,
      (evil: string, text: string, s: string) => `SELECT CASE WHEN ${text}${s}THEN${s}${evil} END`,
      (evil: string, text: string, s: string) => `SELECT * FROM (SELECT ${text} AS t, ${evil} AS u) q${s}JOIN foo`,
    )
    fc.assert(
      fc.property(shape, attack, cell, space, quote, (write, evil, text, s, quoted) => {
        const named = quoted ? evil.replace(/^\w+(?=\()/, '`$&`').replace('mysql', '`mysql`') : evil
        expect(check(write(named, text, s)).forbidden).toBeDefined()
        expect(check(write('abs(1)', text, s)).forbidden).toBeUndefined()
      }),
      runs('query texts'),
    )
  })
})
