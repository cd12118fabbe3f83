-- An echo server on lua-http. Prints its URL. With Debian's lua-http and lua5.2:
--
--     lua5.2 lua_http_echo.lua
local http_server = require "http.server"
local websocket = require "http.websocket"

local function echo(_, stream)
	local headers = stream:get_headers()
	if not headers then return end
	local socket = websocket.new_from_stream(stream, headers)
	if not socket or not socket:accept() then
		local new_headers = require "http.headers".new()
		new_headers:append(":status", "400")
		stream:write_headers(new_headers, true)
		return
	end
	while true do
		local data, kind = socket:receive()
		if not data or not socket:send(data, kind) then break end
	end
	socket:close()
end

local server = assert(http_server.listen { host = "127.0.0.1", port = 0, tls = false, onstream = echo, onerror = function() end })
assert(server:listen())
local _, _, port = server:localname()
print("ws://127.0.0.1:" .. port)
io.stdout:flush()
assert(server:loop())
