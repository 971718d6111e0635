-- Records how many streams a server sends on and how many it reads, and returns what the other servers do. Each server
-- calls it regularly. A server that has not called it for a while is considered gone.
--
-- Returns {streams that the server must read, streams that every other server reads, place that another server names,
-- or ''}.

local farmKey = KEYS[1]              -- a line for each server:
                                     -- <id> <streams it sends on> <streams it reads> <place of this Redis>
                                     -- <milliseconds until it is considered gone>
                                     -- and a line for each number of streams of servers that are gone:
                                     -- - <streams> 0 - <milliseconds until their messages have left the history>
local id = ARGV[1]                   -- of the server: <machine>:<process>/<number>
local sends = tonumber(ARGV[2])      -- streams it sends on
local reads = tonumber(ARGV[3])      -- streams it reads; 0 for one that only sends, and reads none
local place = ARGV[4]                -- of this Redis in the server's list; all servers must name the same one
local alive = tonumber(ARGV[5])      -- milliseconds until it is considered gone; 0 when it leaves
local remember = tonumber(ARGV[6])   -- milliseconds until what it sent has left the history

local longestMemory = 30 * 24 * 3600 * 1000 -- the most that any server may remember, in milliseconds

-- A damaged key is replaced.
local text = redis.pcall('GET', farmKey)
text = type(text) == 'string' and text or ''
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local widest, narrowest, stranger = sends, 64, ''
local lines, gone = {}, {}

local function rememberGone(streams, last)
  gone[streams] = math.max(gone[streams] or 0, last)
end

for otherId, s, r, otherPlace, last in string.gmatch(text, '(%S+) (%d+) (%d+) (%S+) (%d+)\n') do
  s, r, last = tonumber(s), tonumber(r), tonumber(last)
  -- If the clock was set back, times that were written earlier are too far ahead. Limit them to what would be written
  -- now.
  if otherId == '-' then
    last = math.min(last, now + longestMemory)
  elseif alive > 0 then
    last = math.min(last, now + alive)
  end
  if s >= 1 and s <= 64 and otherId ~= id then
    if otherId == '-' then
      if last > now then
        rememberGone(s, last)
        widest = math.max(widest, s)
      end
    elseif last > now then
      lines[#lines + 1] = string.format('%s %d %d %s %.0f\n', otherId, s, r, otherPlace, last)
      widest = math.max(widest, s)
      if r > 0 then
        narrowest = math.min(narrowest, r)
      end
      if otherPlace ~= place then
        stranger = otherPlace
      end
    else
      rememberGone(s, now + remember)
      widest = math.max(widest, s)
    end
  end
end

if alive == 0 then
  rememberGone(sends, now + remember)
elseif stranger == '' then
  lines[#lines + 1] = string.format('%s %d %d %s %.0f\n', id, sends, reads, place, now + alive)
end
for streams, last in pairs(gone) do
  lines[#lines + 1] = string.format('- %d 0 - %.0f\n', streams, last)
end

-- If Redis accepts no writes (out of memory, a replica), the server continues with what it read.
redis.pcall('SET', farmKey, table.concat(lines), 'PX', string.format('%.0f', alive + remember))
return {widest, narrowest, stranger}
