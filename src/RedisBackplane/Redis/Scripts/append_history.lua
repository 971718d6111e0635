-- How a script keeps records in the history. The history is a log. Each record has a position in it, and positions only
-- grow (docs/wire-format.md, "The history"). Records are written into strings of one size, which are reused: Redis
-- neither allocates nor frees memory for them.
--
-- This part is included after the names of the inputs. It uses logKey, segmentBytes, segments, historyTtl and
-- highestSegment. A script sets size to the bytes of its record, calls reserve, makes the record with the position that
-- it got, and calls store. Both functions return an error reply or nil. If reserve fails, or anything after it, the
-- script must call giveBack.

local SPAN = 1048576               -- positions of one segment
local LAST_SEGMENT = 8589000000    -- its highest number, and the highest id: Lua's numbers are exact below 2^53
local HIGHEST_ID = 9007199254740000

local segment, offset = 0, 0 -- where the record goes
local logEnd = 0             -- the last id in the log before it
local size
local isMoved, isNew
local former                 -- what the state was before it; nil if it had none that can be read
local written                -- the segment that holds it
local _

local function integer(number)
  return string.format('%.0f', number)
end

-- The number in a text; nil if it is none, or one that INCR cannot continue.
local function numberIn(text)
  local number = type(text) == 'string' and tonumber(text)
  if number and number >= 0 and number <= HIGHEST_ID and integer(number) == text then
    return number
  end
end

local function isWrongType(reply)
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'WRONGTYPE', 1, true)
end

-- Runs a command. Returns its reply, and an error that names it.
local function try(command, ...)
  local reply = redis.pcall(command, ...)
  if type(reply) == 'table' and reply.err then
    return nil, redis.error_reply(reply.err .. ' (' .. string.lower(command) .. ')')
  end
  return reply
end

-- Writes into a segment. If the key holds something that is no string, it is not the history's, and is replaced.
local function write(key, at, bytes)
  local length = redis.pcall('SETRANGE', key, at, bytes)
  if isWrongType(length) then
    redis.pcall('DEL', key)
    return try('SETRANGE', key, at, bytes)
  elseif type(length) ~= 'number' then
    return nil, redis.error_reply(length.err .. ' (setrange)')
  end
  return length
end

-- Takes room at the end of the log. The state of the log is two big-endian integers: the last id that it holds, and the
-- position of its end. One command reads and changes both.
local function reserve(count, renews)
  local state = redis.pcall('BITFIELD', logKey, 'INCRBY', 'i64', '#0', count, 'INCRBY', 'i64', '#1', size)
  local position = 0
  if not state.err then
    former = {state[1] - count, state[2] - size}
    logEnd, position = former[1], former[2]
    segment, offset = math.floor(position / SPAN), position % SPAN
  elseif not isWrongType(state) then
    return redis.error_reply(state.err .. ' (bitfield)')
  end
  local left
  if renews then
    local failure
    left, failure = try('PTTL', logKey .. ':' .. segment)
    if failure then
      return failure
    end
  end
  if segment < 1 or segment > LAST_SEGMENT or logEnd < 0 or logEnd > HIGHEST_ID then
    -- The state is lost or damaged. Numbers continue above every segment that is known. Those of a new farm start at
    -- the clock in seconds.
    local time, failure = try('TIME')
    if failure then
      return failure
    end
    segment = math.max(tonumber(time[1]), highestSegment + 8)
    if segment > LAST_SEGMENT then
      segment = tonumber(time[1])
    end
    isNew, isMoved, offset, logEnd = position == 0, true, 0, 0
  elseif offset > 0 and (offset + size > segmentBytes or left and left <= historyTtl) then
    -- A segment is written to while it has room, and only in the first half of its life: it lives twice as long as a
    -- record must.
    segment, offset, isMoved = segment + 1, 0, true
  end
end

-- Undoes what the other two did. The record is made unreadable: the next one, in another segment, may have its ids.
local function giveBack()
  if written then
    redis.pcall('SETRANGE', written, offset, '\0\0\0\0')
  end
  if former and isNew then
    redis.call('DEL', logKey)
  elseif former then
    local restored = redis.pcall(
      'BITFIELD', logKey, 'SET', 'i64', '#0', integer(former[1]), 'SET', 'i64', '#1', integer(former[2]))
    if restored.err then
      redis.call('DEL', logKey) -- it was damaged: no integer of 64 bits that a number of Lua can hold
    end
  end
end

-- Starts a segment with a record. The string of the oldest segment is renamed and reused with its bytes. By the
-- positions of their records, a reader recognises old bytes.
local function open(key, bytes)
  local oldest = logKey .. ':' .. (segment - segments)
  local isWhole = size >= segmentBytes
  if not isWhole then
    local renamed = redis.pcall('RENAME', oldest, key)
    if not renamed.err then
      local length, failure = write(key, 0, bytes)
      if failure or length == segmentBytes then
        return length, failure
      end
      -- It had another size: a server with other limits wrote it, or it held one large record.
    elseif not string.find(string.lower(renamed.err), 'no such key', 1, true) then
      return nil, redis.error_reply(renamed.err .. ' (rename)')
    end
  end
  local failure
  _, failure = try('DEL', oldest, key)
  if not failure and not isWhole then
    _, failure = write(key, segmentBytes - 1, '\0')
  end
  if failure then
    return nil, failure
  end
  return write(key, 0, bytes)
end

-- Writes the record: bytes. If there is a head, bytes begins with room for it.
local function store(count, id, renews, bytes, head)
  local key, finish, isOpened = logKey .. ':' .. segment, offset + size, offset == 0
  local length, failure
  if isOpened then
    length, failure = open(key, bytes)
  else
    length, failure = write(key, offset, bytes)
  end
  written = not failure and key
  if head and not failure then
    _, failure = write(key, offset, head)
  end
  if failure then
    return failure
  end
  -- If the segment ends with this record, it is full, or it was evicted or cut off and what was before the record is
  -- lost. In both cases nothing more is written to it. A record that is larger than a segment takes as many segment
  -- numbers as its bytes would fill.
  local position, isFull = segment * SPAN + finish, length == finish
  if isFull then
    local following = segment + math.ceil(finish / segmentBytes)
    for old = segment + 1 - segments, following - 1 - segments do
      redis.pcall('DEL', logKey .. ':' .. old)
    end
    position = following * SPAN
  end
  if isOpened or isFull then
    _, failure = try('PEXPIRE', key, 2 * historyTtl)
  end
  if failure then
    return failure
  elseif isMoved or isFull or logEnd + count ~= id then
    _, failure = try('SET', logKey, struct.pack('>I4I4I4I4', math.floor(id / 4294967296), id % 4294967296,
      math.floor(position / 4294967296), position % 4294967296), 'PX', 2 * historyTtl)
  elseif renews then
    _, failure = try('PEXPIRE', logKey, 2 * historyTtl)
  end
  return failure
end
