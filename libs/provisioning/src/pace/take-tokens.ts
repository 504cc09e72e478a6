/**
 * The token buckets of one application, shared by all workers: one hash, one atomic script. `t:` tokens and `a:` when they
 * were counted, `u:` until when a leaver's call waits and nobody else takes, `block` until when nobody calls, `p:` when
 * each process was last here.
 *
 * `away` names buckets from which the asking process took while Redis was away: what has been filled meanwhile is spent.
 * Time is Redis's own, so that no worker's clock matters. A bucket that is not there is EMPTY: after a flush there is less
 * than a burst and never a second one. Buckets are kept for a week, so that one which is full is not taken for a lost one.
 */
export const TAKE_TOKENS = `
local ask = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local kept, fields = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do kept[fields[i]] = fields[i + 1] end
local changed = {}
local function keep(name, value) table.insert(changed, name); table.insert(changed, string.format('%.4f', value)) end

local block = tonumber(kept['block'] or '0')
if ask.blockMs > 0 then
  block = math.max(block, now + ask.blockMs)
  keep('block', block)
end

local buckets = {}
for class, limit in pairs(ask.limits) do
  local tokens, at = tonumber(kept['t:' .. class] or '0'), tonumber(kept['a:' .. class] or now)
  tokens = math.min(limit.burst, tokens + math.max(0, now - at) * limit.perSecond / 1000)
  if ask.away[class] then tokens = math.min(tokens, 0) end
  buckets[class] = { tokens = tokens, perMs = limit.perSecond / 1000, reserve = limit.burst > 1 and 1 or 0,
    urgentUntil = tonumber(kept['u:' .. class] or '0') }
end

local function concerned(of)
  local found = {}
  if buckets['all'] then table.insert(found, buckets['all']) end
  if buckets[of] then table.insert(found, buckets[of]) end
  return found
end

local answers = {}
for _, want in ipairs(ask.wants) do
  local granted, wait, mine = want.count, 0, concerned(want.of)
  local reserve = function(bucket) return want.urgent and 0 or bucket.reserve end
  for _, bucket in ipairs(mine) do
    granted = math.min(granted, math.max(0, math.floor(bucket.tokens - reserve(bucket) + 1e-6)))
    if not want.urgent and bucket.urgentUntil > now then granted = 0; wait = math.max(wait, bucket.urgentUntil - now) end
  end
  if block > now then granted = 0; wait = block - now end
  for _, bucket in ipairs(mine) do
    bucket.tokens = bucket.tokens - granted
    if granted < want.count then wait = math.max(wait, (1 + reserve(bucket) - bucket.tokens) / bucket.perMs) end
  end
  if want.urgent then
    for _, bucket in ipairs(mine) do bucket.urgentUntil = granted < want.count and now + wait + 100 or 0 end
  end
  table.insert(answers, { granted, tostring(math.max(0, wait)) })
end

local processes = 0
for class, bucket in pairs(buckets) do
  keep('t:' .. class, bucket.tokens); keep('a:' .. class, now); keep('u:' .. class, bucket.urgentUntil)
end
if next(buckets) then
  keep('p:' .. ask.process, now)
  kept['p:' .. ask.process] = now
  for name, at in pairs(kept) do
    if string.sub(name, 1, 2) == 'p:' then
      if now - tonumber(at) < 60000 then processes = processes + 1 else redis.call('HDEL', KEYS[1], name) end
    end
  end
end
if #changed > 0 then
  redis.call('HSET', KEYS[1], unpack(changed))
  redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(next(buckets) and 604800000 or 0, block - now, 1000)))
end
return { answers, tostring(math.max(0, block - now)), processes }
`;
