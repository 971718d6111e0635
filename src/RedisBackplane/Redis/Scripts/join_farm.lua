-- Writes down over how many streams a server sends and how many it reads, and tells it of the others. Each server calls it again and
-- again; one that has not for a while is gone.
--
-- KEYS[1]  farm       a line for each server: <id> <streams it sends on> <streams it reads> <place of this Redis> <milliseconds until it
--                     is gone>; and a line for each number of streams of servers that are gone: - <streams> 0 - <milliseconds until
--                     their messages have left the history>
-- ARGV[1]  id         of the server: <machine>:<process>/<number>
-- ARGV[2]  sends      streams it sends on
-- ARGV[3]  reads      streams it reads; 0 for one that only sends, and reads none
-- ARGV[4]  place      of this Redis in the server's list; all servers must name the same
-- ARGV[5]  alive      milliseconds until it is taken for gone; 0 when it goes
-- ARGV[6]  remember   milliseconds until what it sent has left the history
--
-- Returns {streams that the server is to read, streams that every other server reads, place that another server names, or ''}.

-- A damaged key is written anew.
local text = redis.pcall('GET', KEYS[1])
text = type(text) == 'string' and text or ''
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local sends, reads = tonumber(ARGV[2]), tonumber(ARGV[3])
local widest, narrowest, stranger = sends, 64, ''
local lines, gone = {}, {}

local function remember(streams, last)
  gone[streams] = math.max(gone[streams] or 0, last)
end

for id, s, r, place, last in string.gmatch(text, '(%S+) (%d+) (%d+) (%S+) (%d+)\n') do
  s, r, last = tonumber(s), tonumber(r), tonumber(last)
  if s >= 1 and s <= 64 and id ~= ARGV[1] then
    if id == '-' then
      if last > now then
        remember(s, last)
        widest = math.max(widest, s)
      end
    elseif last > now then
      lines[#lines + 1] = string.format('%s %d %d %s %.0f\n', id, s, r, place, last)
      widest = math.max(widest, s)
      if r > 0 then
        narrowest = math.min(narrowest, r)
      end
      if place ~= ARGV[4] then
        stranger = place
      end
    else
      remember(s, now + ARGV[6])
      widest = math.max(widest, s)
    end
  end
end

if ARGV[5] == '0' then
  remember(sends, now + ARGV[6])
elseif stranger == '' then
  lines[#lines + 1] = string.format('%s %d %d %s %.0f\n', ARGV[1], sends, reads, ARGV[4], now + ARGV[5])
end
for streams, last in pairs(gone) do
  lines[#lines + 1] = string.format('- %d 0 - %.0f\n', streams, last)
end

-- Where Redis takes no writes (out of memory, a replica), the server goes on with what it read.
redis.pcall('SET', KEYS[1], table.concat(lines), 'PX', string.format('%.0f', ARGV[5] + ARGV[6]))
return {widest, narrowest, stranger}
