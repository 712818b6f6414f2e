//go:build !linux

package redial

import (
	"net"
	"time"
)

func setUserTimeout(*net.TCPConn, time.Duration) {}
