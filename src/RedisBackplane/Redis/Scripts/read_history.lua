-- Reads the frames after an id, oldest first, as many as fit a page.
--
-- KEYS[1]  counter         the last id given in this stream
-- KEYS[2]  history         the newer part: a Redis Stream of frames, or a sorted set of them (see publish.lua)
-- KEYS[3]  history:older   its older part
-- KEYS[4]  legacy counter  that of the older package, where its format is written: the higher of both counts
-- ARGV[1]  after           the last id the reader has seen
-- ARGV[2]  entries         the most frames in the answer
-- ARGV[3]  bytes           when the answer holds as many, it ends; 0 reads no frames at all
-- ARGV[4]  sorted          1 where the history is made of sorted sets
--
-- Returns {counter as text, id of the last entry as text, frame, frame, …}; the counter is '' where there is none, the id where there is
-- no frame. A frame that was stored apart from its ids follows them.

local counter = redis.call('GET', KEYS[1]) or ''
local legacy = KEYS[4] and redis.call('GET', KEYS[4])
if legacy and (tonumber(legacy) or math.huge) > (tonumber(counter) or 0) then
  counter = legacy
end
local page = {counter, ''}
local room, bytes, sorted = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
-- Entries are asked for a few at a time, so that one call does not take a hundred large frames to give back one.
local step = 8
-- No id of ours is higher; an entry of somebody else's may be.
local highest = '9007199254740000'

local function take(frame)
  page[#page + 1] = frame
  bytes = bytes - #frame
end

-- Puts the next entries of a part into the page. Returns how many there were, and the id of the last one.
local function takeFromStream(key, from, limit)
  local entries = redis.call('XRANGE', key, from, highest, 'COUNT', limit)
  for _, entry in ipairs(entries) do
    for value = 2, #entry[2], 2 do
      take(entry[2][value])
    end
  end
  return #entries, #entries > 0 and string.match(entries[#entries][1], '^%d+')
end
local function takeFromSortedSet(key, from, limit)
  local entries = redis.call('ZRANGEBYSCORE', key, from, highest, 'WITHSCORES', 'LIMIT', 0, limit)
  for member = 1, #entries, 2 do
    take(entries[member])
  end
  -- A server may write a large score with an exponent.
  return #entries / 2, #entries > 0 and string.format('%.0f', tonumber(entries[#entries]))
end
local takeEntries = sorted and takeFromSortedSet or takeFromStream

for key = 3, 2, -1 do
  local from = string.format('%.0f', ARGV[1] + 1)
  while room > 0 and bytes > 0 do
    local taken, last = takeEntries(KEYS[key], from, math.min(step, room))
    room = room - taken
    page[2] = last or page[2]
    if taken < step then
      break
    end
    from = string.format('%.0f', last + 1)
  end
end
return page
