"""The Qt-free core: domain, message, SMTP, policy, delivery."""
