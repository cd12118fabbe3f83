# An echo server on the Ruby gem websocket-driver, a thread for each connection. Prints its URL. With Debian's ruby-websocket-driver:
#
#     ruby websocket_driver_echo.rb
require 'socket'
require 'websocket/driver'

# What the driver wants of a connection: a place to write to.
class Connection
  def initialize(socket)
    @socket = socket
    @driver = WebSocket::Driver.server(self, max_length: 64 * 1024 * 1024)
    @driver.on(:connect) { WebSocket::Driver.websocket?(@driver.env) ? @driver.start : refuse }
    @driver.on(:message) { |event| event.data.is_a?(String) ? @driver.text(event.data) : @driver.binary(event.data) }
    @driver.on(:close) { @socket.close_write rescue nil }
  end

  # to tell what is a WebSocket handshake is left to the application
  def refuse
    write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    @socket.close_write
  end

  def write(octets)
    @socket.write(octets)
  rescue SystemCallError, IOError
    nil
  end

  def run
    loop { @driver.parse(@socket.readpartial(65_536)) }
  rescue SystemCallError, IOError
    nil
  ensure
    @socket.close
  end
end

$stdout.sync = true
server = TCPServer.new('127.0.0.1', 0)
puts "ws://127.0.0.1:#{server.addr[1]}"
loop do
  socket = server.accept
  socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
  Thread.new { Connection.new(socket).run }
end
