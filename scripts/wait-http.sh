# shellcheck shell=bash
# Sourced: asks a loopback HTTP server whether it is there, with nothing but bash (curl may be missing).

# port_open PORT: something accepts connections on this loopback port.
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# http_ok HOST PORT PATH: a GET answers 200.
http_ok() {
	local line
	{
		exec 3<>"/dev/tcp/$1/$2" || return 1
		printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$3" "$1" "$2" >&3
		IFS= read -r -t 5 line <&3 || line=
		exec 3>&-
	} 2>/dev/null
	[[ $line == "HTTP/1.1 200"* ]]
}
