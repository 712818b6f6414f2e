package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// readKey reads the secret in the file that a flag names, without the line end that
// editors put behind it; nil if path is empty.
func readKey(flag, path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	if key = bytes.TrimRight(key, "\r\n"); len(key) == 0 {
		return nil, fmt.Errorf("%s: %s is empty", flag, path)
	}
	return key, nil
}

// certificate reads the certificate that flags name, which begin with prefix, and its
// key; nil if none do.
func certificate(prefix, cert, key string) ([]tls.Certificate, error) {
	if cert == "" && key == "" {
		return nil, nil
	}
	if cert == "" || key == "" {
		return nil, usagef("%[1]s-cert and %[1]s-key go together", prefix)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%[1]s-cert, %[1]s-key: %[2]w", prefix, err)
	}
	return []tls.Certificate{pair}, nil
}

// authorities reads certificates of authorities.
func authorities(flag, path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s: %w", flag, path, errors.New("no certificates in it"))
	}
	return pool, nil
}

// serverTLS gives what serve's flags say of TLS; nil: none.
func (c *serveCmd) serverTLS() (*tls.Config, error) {
	pair, err := certificate("--tls", c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, err
	}
	if pair == nil {
		if c.TLSClientCA != "" {
			return nil, usagef("--tls-client-ca goes with --tls-cert")
		}
		if c.TLSUnix {
			return nil, usagef("--tls-unix goes with --tls-cert")
		}
		return nil, nil
	}
	config := &tls.Config{Certificates: pair}
	if c.TLSClientCA != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs, err = authorities("--tls-client-ca", c.TLSClientCA)
	}
	return config, err
}

// clientTLS gives what send's flags say of TLS; nil: none.
func (c *sendCmd) clientTLS(network string) (*tls.Config, error) {
	pair, err := certificate("--tls", c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, err
	}
	if c.TLSCA == "" {
		if pair != nil || c.TLSName != "" {
			return nil, usagef("--tls-cert and --tls-server-name go with --tls-ca")
		}
		return nil, nil
	}
	config := &tls.Config{Certificates: pair, ServerName: c.TLSName}
	if network == "unix" && c.TLSName == "" {
		config.ServerName = "localhost" // a path is no name
	}
	config.RootCAs, err = authorities("--tls-ca", c.TLSCA)
	return config, err
}
