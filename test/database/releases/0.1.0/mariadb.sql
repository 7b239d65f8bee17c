/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `accounts` (
  `id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `modified_at` bigint(20) NOT NULL,
  `name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `country` varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `plan_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `is_active` tinyint(4) NOT NULL,
  `is_verified` tinyint(4) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `accounts` VALUES ('e5011832-7252-4438-a0b5-2f637381009e',1795526329983,1795526329983,'First account','NLD',NULL,1,0);
INSERT INTO `accounts` VALUES ('eb857224-b280-49e2-8ca1-7b486cc30494',1795526334068,1795526334068,'Lantern Works','GBR',NULL,1,0);
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `gatehouse_migrations` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `timestamp` bigint(20) NOT NULL,
  `name` varchar(255) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `gatehouse_migrations` VALUES (1,1764000000000,'CreateAccountsUsersRefreshTokens1764000000000');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `refresh_tokens` (
  `id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `modified_at` bigint(20) NOT NULL,
  `account_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `user_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `salt` varchar(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `generation` int(11) NOT NULL,
  `scope` varchar(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  `expires_at` bigint(20) NOT NULL,
  `rotated_at` bigint(20) DEFAULT NULL,
  `revoked_at` bigint(20) DEFAULT NULL,
  `last_accessed_at` bigint(20) NOT NULL,
  `ip_address` varchar(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `user_agent` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `refresh_tokens_user_id` (`user_id`,`revoked_at`),
  KEY `refresh_tokens_account_id` (`account_id`),
  CONSTRAINT `refresh_tokens_account_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT `refresh_tokens_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `refresh_tokens` VALUES ('13fc995c-cbce-41a0-849b-6d16bf699bb8',1795526334138,1795526334153,'eb857224-b280-49e2-8ca1-7b486cc30494','49840204-34a7-4463-9a8d-3f739a59939d','ItwXsOfQkf0MUHuFkQt-X3039lTXxuETfuQrf4WIBN4',1,NULL,1798118334138,1795526334153,NULL,1795526334153,'127.0.0.1','node');
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `users` (
  `id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `modified_at` bigint(20) NOT NULL,
  `account_id` varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `email_address` varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `canonical_email` varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `first_name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `surname` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `password_hash` varchar(200) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `role` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `is_active` tinyint(4) NOT NULL,
  `is_verified` tinyint(4) NOT NULL,
  `last_sign_in_at` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_canonical_email` (`canonical_email`),
  KEY `users_account_id` (`account_id`),
  CONSTRAINT `users_account_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
INSERT INTO `users` VALUES ('49840204-34a7-4463-9a8d-3f739a59939d',1795526334067,1795526334067,'eb857224-b280-49e2-8ca1-7b486cc30494','ada@example.com','ada@example.com','Ada','Lovelace','$bcrypt-hmac-sha384$73b7ef280f5bb2ea$2b$10$/Mxk84oQrBAtCE7.NDLHY.ImXxfQE5FWTbPswJp5npA0NSXo5oR2u','owner',1,0,1795526334139);
INSERT INTO `users` VALUES ('f9946baa-d2a3-4199-862b-b08abdf5bc55',1795526329982,1795526329982,'e5011832-7252-4438-a0b5-2f637381009e','owner@example.com','owner@example.com','First','Owner','$bcrypt-hmac-sha384$73b7ef280f5bb2ea$2b$10$aHrCNl4obn3WNLTfbFjZnetz25J3HbLeU0r.aYeb/cH9VcYKO20wG','owner',1,0,NULL);
