#!/usr/bin/perl
# An echo server on Mojolicious. Prints its URL. With Debian's libmojolicious-perl:
#
#     perl mojolicious_echo.pl
use Mojolicious::Lite -signatures;
use Mojo::IOLoop;
use Mojo::Server::Daemon;

use constant LIMIT => 64 * 1024 * 1024;

websocket '/*any' => {any => ''} => sub ($c) {
  $c->inactivity_timeout(60);
  $c->tx->max_websocket_size(LIMIT);
  $c->tx->with_compression;
  # the event `text` leaves the UTF-8 to the application
  $c->on(text => sub ($c, $octets) { utf8::decode(my $text = $octets) ? $c->send({text => $octets}) : $c->finish(1007) });
  $c->on(binary => sub ($c, $octets) { $c->send({binary => $octets}) });
};

app->log->level('fatal');
my $daemon = Mojo::Server::Daemon->new(app => app, listen => ['http://127.0.0.1'], silent => 1);
$daemon->start;
$| = 1;
print 'ws://127.0.0.1:', $daemon->ports->[0], "\n";
Mojo::IOLoop->start;
